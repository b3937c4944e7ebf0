import { type ReactNode, useState } from "react";
import type { Deal } from "./deal_state";

/** `parcel` stands for a product of unknown category. */
type Category = Deal["product"]["category"] | "parcel";

const DRAWINGS: Record<Category, ReactNode> = {
  food: (
    <>
      <path d="M10 30h44l-5 16a4 4 0 0 1-4 3H19a4 4 0 0 1-4-3z" />
      <path d="M20 30c0-9 5-15 12-15s12 6 12 15" />
    </>
  ),
  toy: (
    <>
      <circle cx="32" cy="32" r="19" />
      <path d="M17 21c9 4 12 18 6 27M47 21c-9 4-12 18-6 27" />
    </>
  ),
  health: (
    <>
      <path d="M32 51C12 38 11 26 16 20c5-6 13-4 16 3 3-7 11-9 16-3s4 18-16 31z" />
      <path d="M16 33h9l4-7 5 13 4-6h10" />
    </>
  ),
  fashion: <path d="m22 14-12 9 6 9 5-3v21h22V29l5 3 6-9-12-9c-3 5-17 5-20 0z" />,
  parcel: (
    <>
      <path d="m32 12 20 9v22l-20 9-20-9V21z" />
      <path d="m12 21 20 9 20-9M32 30v22M22 16.5l20 9" />
    </>
  ),
  living: (
    <>
      <path d="M12 30 32 14l20 16" />
      <path d="M17 27v23h30V27M27 50V37h10v13" />
    </>
  ),
};

/** Renders the picture of a product, and a drawing of its category where there is none or it cannot be loaded. */
export function Picture({ src, category = "parcel" }: { src: string | null | undefined; category?: Category }) {
  const [broken, setBroken] = useState<string>();
  // The policy of the page allows pictures over HTTPS only.
  const usable = src && src.startsWith("https:") && src !== broken;
  return (
    <div className={`picture ${category}`}>
      {usable ? (
        <img src={src} alt="" loading="lazy" decoding="async" onError={() => setBroken(src)} />
      ) : (
        <svg viewBox="0 0 64 64" aria-hidden="true" focusable="false">
          {DRAWINGS[category]}
        </svg>
      )}
    </div>
  );
}
