import { type ComponentProps, type ReactNode, useId } from "react";

interface Common {
  label: ReactNode;
  hint?: ReactNode;
  /** Message of the API or of the form about this field. */
  error?: string | undefined;
}

/** Renders the label, the hint and the error around a control, and connects them for screen readers. */
function Labeled({ id, label, hint, error, children }: Common & { id: string; children: ReactNode }) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children}
      {error ? (
        <small id={`${id}-note`} className="error" role="alert">
          {error}
        </small>
      ) : (
        hint && <small id={`${id}-note`}>{hint}</small>
      )}
    </div>
  );
}

const described = (id: string, { hint, error }: Common) => ({
  "aria-invalid": error ? (true as const) : undefined,
  "aria-describedby": hint || error ? `${id}-note` : undefined,
});

/** Renders an input with its label. The error of the field stands below it. */
export function Field({ label, hint, error, ...input }: Common & ComponentProps<"input">) {
  const own = useId();
  const id = input.id ?? own;
  return (
    <Labeled id={id} label={label} hint={hint} error={error}>
      <input {...input} id={id} {...described(id, { label, hint, error })} />
    </Labeled>
  );
}

/** Renders a text area with its label. */
export function TextArea({ label, hint, error, ...area }: Common & ComponentProps<"textarea">) {
  const own = useId();
  const id = area.id ?? own;
  return (
    <Labeled id={id} label={label} hint={hint} error={error}>
      <textarea {...area} id={id} {...described(id, { label, hint, error })} />
    </Labeled>
  );
}

/** Renders a select with its label. Options are its children. */
export function Select({ label, hint, error, ...select }: Common & ComponentProps<"select">) {
  const own = useId();
  const id = select.id ?? own;
  return (
    <Labeled id={id} label={label} hint={hint} error={error}>
      <select {...select} id={id} {...described(id, { label, hint, error })} />
    </Labeled>
  );
}

/** Renders a check box with its label beside it. */
export function Checkbox({ label, ...input }: { label: ReactNode } & ComponentProps<"input">) {
  return (
    <label className="checkbox">
      <input type="checkbox" {...input} /> {label}
    </label>
  );
}
