import type { ComponentProps, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useState } from "react";
import { Dialog } from "./dialog";

type Look = "primary" | "secondary" | "danger" | "plain";

interface ButtonProps extends Omit<ComponentProps<"button">, "className"> {
  look?: Look;
  /** Whether the action that the button started is still running. The button cannot be pressed meanwhile. */
  busy?: boolean;
  small?: boolean;
}

const classes = (look: Look, small?: boolean) => `button ${look}${small ? " small" : ""}`;

/** Renders a button. It does not submit a form unless `type="submit"` is given. */
export function Button({ look = "primary", busy = false, small, disabled, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={classes(look, small)}
      aria-busy={busy || undefined}
      disabled={busy || disabled}
    >
      {children}
    </button>
  );
}

/** Renders a link that looks like a button. */
export function LinkButton({ href, look = "primary", small, children }: {
  href: string;
  look?: Look;
  small?: boolean;
  children: ReactNode;
}) {
  return (
    <Link href={href} className={classes(look, small)} role="button">
      {children}
    </Link>
  );
}

interface ConfirmButtonProps extends Omit<ButtonProps, "onClick"> {
  /** Question that the dialog asks; says what cannot be undone. */
  question: ReactNode;
  /** Label of the button that confirms. The label of the button itself if absent. */
  confirm?: ReactNode;
  onConfirm: () => void;
}

/** Renders a button that asks before it acts, for what cannot be undone. */
export function ConfirmButton({ question, confirm, onConfirm, children, look = "danger", ...rest }: ConfirmButtonProps) {
  const { t } = useTranslation("common");
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button look={look} {...rest} onClick={() => setOpen(true)}>
        {children}
      </Button>
      {open && (
        <Dialog title={children} onClose={() => setOpen(false)}>
          <p>{question}</p>
          <footer>
            <Button look="secondary" onClick={() => setOpen(false)}>
              {t("back")}
            </Button>
            <Button
              look={look}
              onClick={() => {
                setOpen(false);
                onConfirm();
              }}
            >
              {confirm ?? children}
            </Button>
          </footer>
        </Dialog>
      )}
    </>
  );
}
