import { type OpenAddress, SottoError } from '@sotto/client';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { cleanName } from '../model/clean-text.ts';
import { failureWords } from '../model/failure-words.ts';
import { PRICES, priceWords, roomWords, stayWords } from '../model/meeting-words.ts';
import type { Session } from '../model/session.ts';
import { Confirm } from '../ui/confirm.tsx';
import { Icon } from '../ui/icons.tsx';
import { Field, Select, Theirs, Trouble } from '../ui/parts.tsx';
import { Preparing, ToGive } from '../ui/to-give.tsx';

/** Strangers a day, to choose from. */
const PEOPLE = [1, 2, 5, 10];

/** Makes an address, and shows those that are open. */
export function Addresses(props: { readonly session: Session }): JSX.Element {
  const { session } = props;
  const open = session.addresses.value;
  const [making, setMaking] = useState(false);
  /** Asked for, and not begun: the client waits for the network. */
  const [asked, setAsked] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  useEffect(() => setAsked(false), [open.length]);

  const make = async (name: string, people: number, cost: number): Promise<void> => {
    setTrouble(undefined);
    setMaking(false);
    setAsked(true);
    try {
      await session.client.address({ name, people, cost });
    } catch (error) {
      // Closing an account ends the wait; the address goes on when it is opened again.
      if (error instanceof SottoError && (error.code === 'closed' || error.code === 'aborted'))
        return;
      setTrouble(failureWords(error));
    }
    setAsked(false);
  };

  return (
    <>
      <p class="lead">
        An invite is for one friend. An address you can print: whoever has it can write to you, a
        few people a day, each for some work of their device.
      </p>
      {trouble !== undefined && <Trouble>{trouble}</Trouble>}
      {making || (open.length === 0 && !asked) ? (
        <NewAddress
          make={(name, people, cost) => void make(name, people, cost)}
          {...(making ? { cancel: () => setMaking(false) } : {})}
        />
      ) : null}
      {asked && (
        <p class="card pad" role="status">
          Beginning… It goes on by itself when the network is reached.
        </p>
      )}
      {open.map((address, index) => (
        <AddressCard key={address.id} session={session} address={address} large={index === 0} />
      ))}
      {!making && open.length > 0 && (
        <button type="button" class="button quiet" onClick={() => setMaking(true)}>
          <Icon name="invite" size={18} />
          Make another address
        </button>
      )}
    </>
  );
}

function NewAddress(props: {
  readonly make: (name: string, people: number, cost: number) => void;
  readonly cancel?: () => void;
}): JSX.Element {
  const [name, setName] = useState('');
  const [people, setPeople] = useState(5);
  const [cost, setCost] = useState<number>(PRICES[1]);
  return (
    <form
      class="card pad"
      onSubmit={(event) => {
        event.preventDefault();
        props.make(cleanName(name), people, cost);
      }}
    >
      <Field
        id="address-name"
        label="What is it for?"
        hint="Who comes by it is called so here, until you know better. They do not learn it."
        value={name}
        maxLength={60}
        onInput={setName}
      />
      <Select
        id="address-people"
        label="How many people a day?"
        hint="Others are told to try again tomorrow. A few who come in earnest are fewer than one who means harm can use up."
        value={people}
        options={PEOPLE.map((each) => [each, each === 1 ? 'One' : `${each}`])}
        onChange={setPeople}
      />
      <Select
        id="address-cost"
        label="What does each of them pay?"
        hint="Work of their device, no money. It makes it dear to use up your day’s places, not impossible."
        value={cost}
        options={PRICES.map((each) => [each, priceWords(each)])}
        onChange={setCost}
      />
      <div class="row-end">
        {props.cancel !== undefined && (
          <button type="button" class="button quiet" onClick={props.cancel}>
            Cancel
          </button>
        )}
        <button type="submit" class="button">
          Make an address
        </button>
      </div>
    </form>
  );
}

function AddressCard(props: {
  readonly session: Session;
  readonly address: OpenAddress;
  readonly large: boolean;
}): JSX.Element {
  const { session, address } = props;
  const [shown, setShown] = useState(props.large);
  const [asking, setAsking] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const name = cleanName(address.name);
  const close = async (): Promise<void> => {
    setAsking(false);
    try {
      await session.client.revokeAddress(address.id);
    } catch (error) {
      setTrouble(failureWords(error));
    }
  };
  return (
    <section class="card pad" aria-label={name === '' ? 'Open address' : `Address ${name}`}>
      <header class="invite-head">
        <h2>{name === '' ? 'Your address' : <Theirs text={name} />}</h2>
        <button type="button" class="link link-danger" onClick={() => setAsking(true)}>
          Close it
        </button>
      </header>
      {trouble !== undefined && <Trouble>{trouble}</Trouble>}
      <dl class="facts">
        <Fact what="A stranger pays">{priceWords(address.cost)}</Fact>
        <Fact what="Today">{roomWords(address)}</Fact>
        <Fact what="It lives">{stayWords(address.awayMillis)}</Fact>
      </dl>
      {address.link === undefined ? (
        <Preparing {...address} online={session.online.value} />
      ) : shown ? (
        <ToGive link={address.link} what="address">
          <li>Print it, or publish it: it is no secret.</li>
          <li>Whoever has it opens Sotto, chooses “I was invited”, and scans or pastes it.</li>
          <li>Anybody may be who writes. All who have it can tell that it is one person’s.</li>
        </ToGive>
      ) : (
        <button type="button" class="button quiet" onClick={() => setShown(true)}>
          Show it
        </button>
      )}
      {asking && (
        <Confirm
          title="Close the address?"
          verb="Close it"
          onNo={() => setAsking(false)}
          onYes={() => void close()}
        >
          <p>
            Nobody gets in by it any more, and who tries is told so. Those who came by it stay your
            contacts.
          </p>
        </Confirm>
      )}
    </section>
  );
}

function Fact(props: { readonly what: string; readonly children: string }): JSX.Element {
  return (
    <div>
      <dt>{props.what}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}
