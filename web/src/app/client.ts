import { createClient } from "dibs-client";
import { queryClient } from "./query";

/** Client of the API of this page's own host. The access token is in its memory only. */
export const client = createClient({
  baseUrl: "",
  onSignedOut: () => queryClient.clear(),
});
