import { lazy } from "react";
import { Route, Switch } from "wouter";
import { SignedIn } from "../app/session";
import { NotFound } from "../ui/not_found";
import { Home } from "./home/home";

const Deals = lazy(() => import("./deals/deals"));
const Deal = lazy(() => import("./deals/deal"));
const Orders = lazy(() => import("./deals/orders"));
const Order = lazy(() => import("./deals/order"));
const Balance = lazy(() => import("./balance/balance"));
const Concerts = lazy(() => import("./concerts/concerts"));
const Concert = lazy(() => import("./concerts/concert"));
const ConcertDate = lazy(() => import("./concerts/concert_date"));
const Reservations = lazy(() => import("./concerts/reservations"));
const Reservation = lazy(() => import("./concerts/reservation"));
const WaitingRoom = lazy(() => import("./waiting_room/waiting_room"));
const Events = lazy(() => import("./events/events"));
const Event = lazy(() => import("./events/event"));
const Requests = lazy(() => import("./events/requests"));
const Request = lazy(() => import("./events/request"));
const Inventory = lazy(() => import("./events/inventory"));
const SignIn = lazy(() => import("./account/sign_in"));
const SignUp = lazy(() => import("./account/sign_up"));
const ConfirmEmail = lazy(() => import("./account/confirm_email"));
const ForgotPassword = lazy(() => import("./account/forgot_password"));
const ResetPassword = lazy(() => import("./account/reset_password"));
const Unsubscribe = lazy(() => import("./account/unsubscribe"));
const Hold = lazy(() => import("./account/hold"));
const Account = lazy(() => import("./account/account"));

/** Renders the page of the path. A page takes the parts of its path as properties. */
export function Pages() {
  return (
    <Switch>
      <Route path="/">
        <Home />
      </Route>
      <Route path="/deals" component={Deals} />
      <Route path="/deals/:id">{({ id }) => <Deal id={id} />}</Route>
      <Route path="/orders">
        <SignedIn>
          <Orders />
        </SignedIn>
      </Route>
      <Route path="/orders/:id">
        {({ id }) => (
          <SignedIn>
            <Order id={decodeURIComponent(id)} />
          </SignedIn>
        )}
      </Route>
      <Route path="/balance">
        <SignedIn>
          <Balance />
        </SignedIn>
      </Route>
      <Route path="/concerts">
        <SignedIn>
          <Concerts />
        </SignedIn>
      </Route>
      <Route path="/concerts/:id">
        {({ id }) => (
          <SignedIn>
            <Concert id={id} />
          </SignedIn>
        )}
      </Route>
      <Route path="/concerts/:id/:date">
        {({ id, date }) => (
          <SignedIn>
            <ConcertDate id={id} date={date} />
          </SignedIn>
        )}
      </Route>
      <Route path="/reservations">
        <SignedIn>
          <Reservations />
        </SignedIn>
      </Route>
      <Route path="/reservations/:id">
        {({ id }) => (
          <SignedIn>
            <Reservation id={decodeURIComponent(id)} />
          </SignedIn>
        )}
      </Route>
      <Route path="/queues/:id">
        {({ id }) => (
          <SignedIn>
            <WaitingRoom id={id} />
          </SignedIn>
        )}
      </Route>
      <Route path="/events">
        <SignedIn>
          <Events />
        </SignedIn>
      </Route>
      <Route path="/events/:id">
        {({ id }) => (
          <SignedIn>
            <Event id={id} />
          </SignedIn>
        )}
      </Route>
      <Route path="/requests">
        <SignedIn>
          <Requests />
        </SignedIn>
      </Route>
      <Route path="/requests/:id">
        {({ id }) => (
          <SignedIn>
            <Request id={decodeURIComponent(id)} />
          </SignedIn>
        )}
      </Route>
      <Route path="/inventory">
        <SignedIn>
          <Inventory />
        </SignedIn>
      </Route>
      <Route path="/sign-in" component={SignIn} />
      <Route path="/sign-up" component={SignUp} />
      <Route path="/confirm-email" component={ConfirmEmail} />
      <Route path="/forgot-password" component={ForgotPassword} />
      <Route path="/reset-password" component={ResetPassword} />
      <Route path="/unsubscribe" component={Unsubscribe} />
      <Route path="/holds/:id">
        {({ id }) => (
          <SignedIn>
            <Hold id={decodeURIComponent(id)} />
          </SignedIn>
        )}
      </Route>
      <Route path="/account/*?">
        <SignedIn>
          <Account />
        </SignedIn>
      </Route>
      <Route component={NotFound} />
    </Switch>
  );
}
