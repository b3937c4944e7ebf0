import { useQuery } from "@tanstack/react-query";
import { ApiError } from "dibs-client";
import { Redirect } from "wouter";
import { client } from "../../app/client";
import { isMissing } from "../../app/query";
import { Failure } from "../../ui/error";
import { NotFound } from "../../ui/not_found";
import { Loading } from "../../ui/page";

/** Leads from the link of a mail about a hold to the order or the reservation, whose ids look alike. */
export default function Hold({ id }: { id: string }) {
  const order = useQuery({
    queryKey: ["holds", id],
    queryFn: async ({ signal }) => {
      try {
        await client.get("/orders/{order_id}", { params: { path: { order_id: id } }, signal });
        return true;
      } catch (error) {
        if (isMissing(error)) return false;
        if (error instanceof ApiError && error.code === "VALIDATION_ERROR") return null;
        throw error;
      }
    },
  });
  if (order.error) return <Failure error={order.error} retry={() => void order.refetch()} />;
  if (order.data === null) return <NotFound />;
  if (order.data === undefined) return <Loading />;
  return <Redirect to={`/${order.data ? "orders" : "reservations"}/${encodeURIComponent(id)}`} replace />;
}
