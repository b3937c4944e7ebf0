import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { fieldErrors } from "../../app/failure";
import { hasRole, useAccount } from "../../app/session";
import { Button } from "../../ui/button";
import { Notice, Page } from "../../ui/page";
import { ExportButton } from "./export_button";
import { FilterForm } from "./filter_form";
import { readFilters, writeFilters } from "./filters";
import { Inbox } from "./inbox";
import "./requests.css";

/** Review inbox: lists requests by filters, and decides about them by mouse or keyboard. */
export default function Requests() {
  const { t } = useTranslation("requests");
  const writes = hasRole(useAccount(), "OPERATOR");
  const [search, setSearch] = useSearchParams();
  const [help, setHelp] = useState(false);
  const [error, setError] = useState<unknown>();
  const filters = readFilters(search);
  const key = JSON.stringify(filters);
  return (
    <Page
      title={t("title")}
      actions={
        <>
          <ExportButton key={key} filters={filters} />
          <Button look="secondary" aria-keyshortcuts="?" onClick={() => setHelp(true)}>
            {t("keys.button")} <kbd>?</kbd>
          </Button>
        </>
      }
    >
      {!writes && (
        <Notice>
          <p>{t("readOnly")}</p>
        </Notice>
      )}
      <FilterForm filters={filters} errors={fieldErrors(error)} onChange={(next) => setSearch(writeFilters(next))} />
      <Inbox key={key} filters={filters} writes={writes} help={help} onHelp={setHelp} onError={setError} />
    </Page>
  );
}
