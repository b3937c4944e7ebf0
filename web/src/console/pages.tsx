import { lazy } from "react";
import { Route, Switch } from "wouter";
import { NotFound } from "../ui/not_found";

const Overview = lazy(() => import("./dashboards/overview"));
const Sales = lazy(() => import("./dashboards/sales"));
const EventFigures = lazy(() => import("./dashboards/event_figures"));
const RewardFigures = lazy(() => import("./dashboards/reward_figures"));
const UserFigures = lazy(() => import("./dashboards/user_figures"));
const QueueFigures = lazy(() => import("./dashboards/queue_figures"));
const OnSale = lazy(() => import("./dashboards/on_sale"));
const Requests = lazy(() => import("./requests/requests"));
const Request = lazy(() => import("./requests/request"));
const Events = lazy(() => import("./rewards/events"));
const NewEvent = lazy(() => import("./rewards/new_event"));
const Event = lazy(() => import("./rewards/event"));
const Rewards = lazy(() => import("./rewards/rewards"));
const Reward = lazy(() => import("./rewards/reward"));
const Products = lazy(() => import("./sales/products"));
const Product = lazy(() => import("./sales/product"));
const Deals = lazy(() => import("./sales/deals"));
const Deal = lazy(() => import("./sales/deal"));
const Orders = lazy(() => import("./sales/orders"));
const Order = lazy(() => import("./sales/order"));
const Payments = lazy(() => import("./sales/payments"));
const Concerts = lazy(() => import("./seating/concerts"));
const Concert = lazy(() => import("./seating/concert"));
const ConcertDate = lazy(() => import("./seating/concert_date"));
const Queues = lazy(() => import("./seating/queues"));
const Queue = lazy(() => import("./seating/queue"));
const Users = lazy(() => import("./people/users"));
const User = lazy(() => import("./people/user"));
const Audit = lazy(() => import("./people/audit"));
const Webhooks = lazy(() => import("./operations/webhooks"));
const Webhook = lazy(() => import("./operations/webhook"));
const Notifications = lazy(() => import("./operations/notifications"));
const DeadLetters = lazy(() => import("./operations/dead_letters"));

/** Renders the page of the path. A page takes the parts of its path as properties. */
export function Pages() {
  return (
    <Switch>
      <Route path="/" component={Overview} />
      <Route path="/dashboards/sales" component={Sales} />
      <Route path="/dashboards/events" component={EventFigures} />
      <Route path="/dashboards/rewards" component={RewardFigures} />
      <Route path="/dashboards/users" component={UserFigures} />
      <Route path="/dashboards/queues" component={QueueFigures} />
      <Route path="/on-sale" component={OnSale} />
      <Route path="/requests" component={Requests} />
      <Route path="/requests/:id">{({ id }) => <Request id={decodeURIComponent(id)} />}</Route>
      <Route path="/events" component={Events} />
      <Route path="/events/new" component={NewEvent} />
      <Route path="/events/:id">{({ id }) => <Event id={id} />}</Route>
      <Route path="/rewards" component={Rewards} />
      <Route path="/rewards/:id">{({ id }) => <Reward id={id} />}</Route>
      <Route path="/products" component={Products} />
      <Route path="/products/:id">{({ id }) => <Product id={id} />}</Route>
      <Route path="/deals" component={Deals} />
      <Route path="/deals/:id">{({ id }) => <Deal id={id} />}</Route>
      <Route path="/orders" component={Orders} />
      <Route path="/orders/:id">{({ id }) => <Order id={decodeURIComponent(id)} />}</Route>
      <Route path="/payments" component={Payments} />
      <Route path="/concerts" component={Concerts} />
      <Route path="/concerts/:id">{({ id }) => <Concert id={id} />}</Route>
      <Route path="/concerts/:id/:date">{({ id, date }) => <ConcertDate id={id} date={date} />}</Route>
      <Route path="/queues" component={Queues} />
      <Route path="/queues/:id">{({ id }) => <Queue id={id} />}</Route>
      <Route path="/users" component={Users} />
      <Route path="/users/:id">{({ id }) => <User id={id} />}</Route>
      <Route path="/audit" component={Audit} />
      <Route path="/webhooks" component={Webhooks} />
      <Route path="/webhooks/:id">{({ id }) => <Webhook id={id} />}</Route>
      <Route path="/notifications" component={Notifications} />
      <Route path="/dead-letters" component={DeadLetters} />
      <Route component={NotFound} />
    </Switch>
  );
}
