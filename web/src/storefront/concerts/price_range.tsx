import { money } from "../../app/format";

/** Renders the lowest and the highest price, or one if they are the same. */
export function PriceRange({ min, max }: { min: number; max: number }) {
  return <span className="number">{min === max ? money(min) : `${money(min)} – ${money(max)}`}</span>;
}
