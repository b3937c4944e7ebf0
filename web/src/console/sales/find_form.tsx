import { type FormEvent, type ReactNode, useState } from "react";
import { Button } from "../../ui/button";
import { Field } from "../../ui/field";

/** Renders one input for an id with a button that looks it up. */
export function FindForm({ label, hint, button, initial = "", onFind }: {
  label: ReactNode;
  hint: ReactNode;
  button: ReactNode;
  initial?: string;
  onFind: (id: string) => void;
}) {
  const [value, setValue] = useState(initial);
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (value.trim()) onFind(value.trim());
  };
  return (
    <form onSubmit={send} className="sales-find">
      <Field
        label={label}
        hint={hint}
        required
        autoComplete="off"
        spellCheck={false}
        maxLength={170}
        value={value}
        onChange={(event) => setValue(event.target.value)}
      />
      <Button type="submit">{button}</Button>
    </form>
  );
}
