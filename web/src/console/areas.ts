import type { User } from "dibs-client";

type Roles = User["roles"];

const READERS: Roles = ["OPERATOR", "AUDITOR"];
const AUDITORS: Roles = ["AUDITOR"];
const OPERATORS: Roles = ["OPERATOR"];
const ADMINISTRATORS: Roles = ["ADMIN"];

/** Areas of the console with their pages, and the roles that may use each. Administrators may use all. */
export const areas = [
  {
    name: "dashboards",
    pages: [
      { page: "overview", path: "/", roles: READERS },
      { page: "sales", path: "/dashboards/sales", roles: READERS },
      { page: "eventFigures", path: "/dashboards/events", roles: READERS },
      { page: "rewardFigures", path: "/dashboards/rewards", roles: READERS },
      { page: "userFigures", path: "/dashboards/users", roles: READERS },
      { page: "queueFigures", path: "/dashboards/queues", roles: READERS },
      { page: "onSale", path: "/on-sale", roles: READERS },
    ],
  },
  {
    name: "rewards",
    pages: [
      { page: "requests", path: "/requests", roles: READERS },
      { page: "events", path: "/events", roles: READERS },
      { page: "rewards", path: "/rewards", roles: READERS },
    ],
  },
  {
    name: "sales",
    pages: [
      { page: "products", path: "/products", roles: OPERATORS },
      { page: "deals", path: "/deals", roles: OPERATORS },
      { page: "concerts", path: "/concerts", roles: OPERATORS },
      { page: "queues", path: "/queues", roles: OPERATORS },
      { page: "orders", path: "/orders", roles: READERS },
      { page: "payments", path: "/payments", roles: READERS },
    ],
  },
  {
    name: "people",
    pages: [
      { page: "user", path: "/users", roles: READERS },
      { page: "audit", path: "/audit", roles: AUDITORS },
    ],
  },
  {
    name: "operations",
    pages: [
      { page: "webhooks", path: "/webhooks", roles: OPERATORS },
      { page: "notifications", path: "/notifications", roles: READERS },
      { page: "deadLetters", path: "/dead-letters", roles: ADMINISTRATORS },
    ],
  },
] as const;
