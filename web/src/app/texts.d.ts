import "i18next";
import type account from "../locales/account.en.json";
import type balance from "../locales/balance.en.json";
import type chart from "../locales/chart.en.json";
import type common from "../locales/common.en.json";
import type concerts from "../locales/concerts.en.json";
import type console from "../locales/console.en.json";
import type deals from "../locales/deals.en.json";
import type dashboards from "../locales/dashboards.en.json";
import type errors from "../locales/errors.en.json";
import type events from "../locales/events.en.json";
import type home from "../locales/home.en.json";
import type operations from "../locales/operations.en.json";
import type people from "../locales/people.en.json";
import type requests from "../locales/requests.en.json";
import type rewards from "../locales/rewards.en.json";
import type salesStaff from "../locales/salesStaff.en.json";
import type seatMap from "../locales/seatMap.en.json";
import type seating from "../locales/seating.en.json";
import type waitingRoom from "../locales/waitingRoom.en.json";

// Makes a key that has no English text an error of the compiler. Each file of `src/locales` has a line here.
declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common";
    resources: {
      account: typeof account;
      balance: typeof balance;
      common: typeof common;
      concerts: typeof concerts;
      console: typeof console;
      deals: typeof deals;
      chart: typeof chart;
      dashboards: typeof dashboards;
      errors: typeof errors;
      events: typeof events;
      home: typeof home;
      operations: typeof operations;
      people: typeof people;
      requests: typeof requests;
      rewards: typeof rewards;
      salesStaff: typeof salesStaff;
      seatMap: typeof seatMap;
      seating: typeof seating;
      waitingRoom: typeof waitingRoom;
    };
  }
}
