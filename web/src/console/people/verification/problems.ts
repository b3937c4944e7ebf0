import { useTranslation } from "react-i18next";
import { count } from "../../../app/format";
import type { Covering } from "./chain";
import { shownHour } from "./hours";
import type { EntryProblem } from "./line";
import type { RootProblem } from "./verify";

/** Returns functions that explain what is wrong with an entry, and with the root of an hour. */
export function useProblems() {
  const { t } = useTranslation("people");
  const ofEntry = (problem: EntryProblem): string => {
    switch (problem.code) {
      case "same_number":
        return t("problem.same_number", { line: count(problem.line) });
      case "missing":
        return t("problem.missing", { after: count(problem.after) });
      default:
        return t(`problem.${problem.code}`);
    }
  };
  const ofRoot = (problem: RootProblem | NonNullable<Covering["problem"]>): string => {
    switch (problem.code) {
      case "not_following":
        return t("rootProblem.not_following", { before: shownHour(problem.before) });
      case "wrong_numbers":
        return t("rootProblem.wrong_numbers", {
          entries: count(problem.entries),
          subjects: count(problem.subjects),
          foundEntries: count(problem.foundEntries),
          foundSubjects: count(problem.foundSubjects),
        });
      default:
        return t(`rootProblem.${problem.code}`);
    }
  };
  return { ofEntry, ofRoot };
}
