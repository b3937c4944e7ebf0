// PLACEHOLDER: replace this file.
export default function Placeholder(_: Record<string, unknown>) {
  return null;
}
