/** What is printed by which call; the way, window or slip printer, is chosen at the paper. */
import type { PrintReport } from "../../bindings/PrintReport";
import type { PrintSlip } from "../../bindings/PrintSlip";

export type Job =
  | { call: "slip.print"; args: Omit<PrintSlip, "way"> }
  | { call: "report.print"; args: Omit<PrintReport, "way"> };

/** The job of a report. */
export const reportJob = (
  what: string,
  number: number | null = null,
  date: string | null = null,
): Job => ({ call: "report.print", args: { what, number, date } });
