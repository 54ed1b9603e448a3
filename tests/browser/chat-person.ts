/** One person at the page, who does what a person does: by labels, buttons and what can be read. */
import type { BrowserContext, Locator, Page } from 'playwright';

/** One generous bound for whatever is waited for; what hangs ends. */
export const BOUND = 300_000;

/** A person with a browser, one tab open. */
export class ChatPerson {
  readonly name: string;
  readonly context: BrowserContext;
  /** What went wrong in any tab: breaches of the policy, errors that nobody caught. */
  readonly trouble: string[] = [];
  readonly #address: string;
  #tab: Page | undefined;

  /** Opens nothing yet. */
  constructor(name: string, context: BrowserContext, address: string) {
    this.name = name;
    this.context = context;
    this.#address = address;
    context.setDefaultTimeout(BOUND);
    context.on('weberror', (error) => this.trouble.push(String(error.error())));
    context.on('console', (message) => {
      const text = message.text();
      if (/Content Security Policy|Permissions-Policy|Trusted Type/u.test(text)) {
        this.trouble.push(text);
      }
    });
  }

  /** The tab that is used. */
  get tab(): Page {
    if (this.#tab === undefined) throw new Error(`${this.name} has no tab open`);
    return this.#tab;
  }

  /** Opens the page in a new tab, which is used from now on. */
  async open(behind = ''): Promise<Page> {
    this.#tab = await this.context.newPage();
    await this.tab.goto(`${this.#address}${behind}`);
    return this.tab;
  }

  /** Uses another tab from now on. */
  use(tab: Page): void {
    this.#tab = tab;
  }

  /** Makes an account. */
  async begin(): Promise<void> {
    await this.open();
    await this.tab.getByLabel('Your name').fill(this.name);
    await this.tab.getByRole('button', { name: 'Start' }).click();
    await this.tab.getByRole('button', { name: 'I was invited' }).waitFor();
  }

  /** Makes an invite; resolves with its link when it can be given away. */
  async invite(forWhom: string): Promise<string> {
    await this.tab.getByRole('button', { name: 'Invite somebody' }).click();
    await this.tab.getByLabel('Who is it for?').fill(forWhom);
    await this.tab.getByRole('button', { name: 'Make an invite' }).click();
    return (await this.tab.locator('.link-text').textContent()) ?? '';
  }

  /** Pastes an invite and waits until its owner has answered. */
  async accept(link: string, who: string): Promise<void> {
    await this.tab.getByRole('button', { name: 'I was invited' }).click();
    await this.tab.getByLabel('Link of the invite').fill(link);
    await this.tab.getByLabel('Who invited you?').fill(who);
    await this.tab.getByRole('button', { name: 'Accept' }).click();
    await this.field().waitFor();
  }

  /** Opens the conversation with somebody. */
  async talkTo(who: string): Promise<void> {
    await this.tab.getByRole('button', { name: 'Chats' }).click();
    await this.tab.getByRole('button', { name: who }).first().click();
    await this.field().waitFor();
  }

  /** The field to write in. */
  field(): Locator {
    return this.tab.getByPlaceholder('Message', { exact: true });
  }

  /** Writes and sends. */
  async write(text: string): Promise<void> {
    await this.field().fill(text);
    await this.tab.getByRole('button', { name: 'Send', exact: true }).click();
  }

  /** A line of the conversation by its whole text, in or out. */
  line(way: 'in' | 'out', text: string): Locator {
    const words = this.tab.locator('.words').getByText(text, { exact: true });
    return this.tab.locator(`li.line-${way}`).filter({ has: words });
  }

  /** Waits until a text of somebody can be read. */
  async reads(text: string): Promise<void> {
    await this.line('in', text).waitFor();
  }

  /** Waits until a text of one's own stands as `words` say. */
  async sees(text: string, words: RegExp | string): Promise<void> {
    await this.line('out', text).locator('.state').filter({ hasText: words }).waitFor();
  }
}
