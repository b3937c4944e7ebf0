import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { eventQuery } from "./queries";

/** Renders the name of an event as a link, and its id where it is over: users see events that run only. */
export function EventName({ id }: { id: string }) {
  const { data } = useQuery({ ...eventQuery(id), staleTime: 60_000 });
  return data ? <Link href={`/events/${id}`}>{data.name}</Link> : id;
}
