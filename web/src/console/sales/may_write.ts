import { hasRole, useAccount } from "../../app/session";

/** Returns whether the reader may change what is sold. Auditors come to these pages by links, and only read. */
export const useMayWrite = () => hasRole(useAccount(), "OPERATOR");
