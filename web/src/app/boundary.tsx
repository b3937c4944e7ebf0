import { Component, type ReactNode } from "react";
import { Translation } from "react-i18next";

/**
 * Shows what to do when a page breaks. A part of the page that the server no longer has is of an older release: loading
 * the page anew brings the new one.
 */
export class Boundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: undefined };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return (
      <Translation ns="common">
        {(t) => (
          <main className="frame">
            <div role="alert">
              <h1>{t("broken.title")}</h1>
              <p>{t("broken.advice")}</p>
            </div>
            <button type="button" className="button primary" onClick={() => location.reload()}>
              {t("broken.reload")}
            </button>
          </main>
        )}
      </Translation>
    );
  }
}
