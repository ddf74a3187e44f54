/** What a screen reader hears when something changed that the eyes see elsewhere. */

class Announcer {
  text = $state("");

  say(text: string): void {
    // The same words twice would not be read again: a zero-width joiner makes them differ.
    this.text = text === this.text ? `${text}\u200d` : text;
  }
}

export const announcer = new Announcer();
