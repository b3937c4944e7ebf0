import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";

/** Renders a link of a navigation, marked when the page is it or below it. */
export function NavLink({ href, exact = false, children }: { href: string; exact?: boolean; children: ReactNode }) {
  const [location] = useLocation();
  const here = exact ? location === href : location === href || location.startsWith(`${href}/`);
  return (
    <li>
      <Link href={href} aria-current={here ? "page" : undefined}>
        {children}
      </Link>
    </li>
  );
}
