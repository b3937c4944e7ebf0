import type { User } from "dibs-client";

/** Returns whether an account may claim rewards: staff without the role of a customer only look at events. */
export const mayClaim = ({ roles }: User) => roles.includes("USER") || roles.includes("ADMIN");
