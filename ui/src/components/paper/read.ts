/**
 * A paper's parts, read out of the backend's HTML as texts. Nothing of that HTML reaches the page:
 * what is known by its class is taken as text and set anew here.
 */
export type Part =
  | { is: "title" | "mark" | "banner" | "heading" | "text"; text: string }
  | { is: "lines"; lines: readonly (readonly [string, string])[] }
  | { is: "table"; headings: readonly string[]; rows: readonly (readonly string[])[] }
  | { is: "code"; text: string; side: number; path: string };

const TEXTS = ["title", "mark", "banner", "heading", "text"] as const;
/** Modules of the code, as the backend draws them; anything else is no code. */
const PATH = /^(M\d+ \d+h1v1h-1z)*$/;

/** None where the HTML is no paper. */
export function readPaper(html: string): Part[] {
  const paper = new DOMParser().parseFromString(html, "text/html").querySelector(".paper");
  return [...(paper?.children ?? [])].flatMap((element) => readPart(element) ?? []);
}

const textOf = (element: Element | null): string => element?.textContent?.trim() ?? "";
const textsIn = (element: Element, what: string): string[] =>
  [...element.querySelectorAll(what)].map(textOf);

function readPart(element: Element): Part | null {
  const is = element.className.replace(/^paper-/, "");
  const plain = TEXTS.find((one) => one === is);
  if (plain !== undefined) return { is: plain, text: textOf(element) };
  if (is === "lines") {
    const lines = [...element.children].map(
      (line) => [textOf(line.querySelector("dt")), textOf(line.querySelector("dd"))] as const,
    );
    return { is, lines };
  }
  if (is === "table") {
    const rows = [...element.querySelectorAll("tbody tr")].map((row) => textsIn(row, "td"));
    return { is, headings: textsIn(element, "th"), rows };
  }
  return is === "code" ? readCode(element) : null;
}

function readCode(element: Element): Part {
  const path = element.querySelector("path")?.getAttribute("d") ?? "";
  const box = element.querySelector("svg")?.getAttribute("viewBox") ?? "";
  const side = /^0 0 (\d+) \1$/.exec(box)?.[1];
  const drawn = side !== undefined && PATH.test(path);
  return {
    is: "code",
    text: textOf(element.querySelector("figcaption")),
    side: drawn ? parseInt(side, 10) : 0,
    path: drawn ? path : "",
  };
}
