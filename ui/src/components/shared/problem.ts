/** What a form itself found missing or unreadable, at the field it belongs to. */
export interface Problem {
  /** Id of the field. */
  id: string;
  text: string;
}
