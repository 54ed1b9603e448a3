import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { failureWords } from '../model/failure-words.ts';
import { dataSize, timeOfDay, untilWords } from '../model/format.ts';
import { PLAN_FACTS, planTitle, type PlanFacts } from '../model/plan-facts.ts';
import type { Session } from '../model/session.ts';
import { Trouble } from '../ui/parts.tsx';

/** The plans: what each costs, how long messages take, and what remains to be seen from outside. */
export function PlanSettings(props: { readonly session: Session }): JSX.Element {
  const { session } = props;
  const plan = session.plan.value;
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const used = useDataUsed(session);
  const chosen = plan?.next?.name ?? plan?.name;

  const choose = async (name: string): Promise<void> => {
    setTrouble(undefined);
    try {
      await session.client.setPlan(name);
      session.plan.value = await session.client.plan();
    } catch (error) {
      setTrouble(failureWords(error));
    }
  };

  return (
    <>
      <p class="lead">
        Sotto sends at a steady beat, day and night, so that nobody sees when you write. A plan is
        how fast it beats. Keep to one: people on the same plan hide one another.
      </p>
      {used !== undefined && <p class="hint">This month so far: {dataSize(used)}.</p>}
      {plan?.next !== undefined && (
        <p class="note" role="status">
          {planTitle(plan.next.name)} begins at {timeOfDay(plan.next.from)}
          {plan.next.from.getTime() - Date.now() > 86_400_000 &&
            ` on ${untilWords(plan.next.from, new Date())}`}
          . Plans change at set times, so that a change does not tell when you decided it.
        </p>
      )}
      {trouble !== undefined && <Trouble>{trouble}</Trouble>}
      <fieldset class="plans">
        <legend class="unseen">Plan</legend>
        {PLAN_FACTS.map((facts) => (
          <PlanCard
            key={facts.name}
            facts={facts}
            chosen={facts.name === chosen}
            current={facts.name === plan?.name}
            onChoose={() => void choose(facts.name)}
          />
        ))}
      </fieldset>
    </>
  );
}

/** Bytes of this month; undefined until known. */
function useDataUsed(session: Session): number | undefined {
  const [bytes, setBytes] = useState<number | undefined>(undefined);
  useEffect(() => {
    let over = false;
    const read = async (): Promise<void> => {
      try {
        const { data } = await session.client.status();
        if (!over) setBytes(data.bytes);
      } catch {
        // A closed client has its own page; a line less here is all.
      }
    };
    void read();
    const timer = setInterval(() => void read(), 10_000);
    return () => {
      over = true;
      clearInterval(timer);
    };
  }, [session]);
  return bytes;
}

function PlanCard(props: {
  readonly facts: PlanFacts;
  readonly chosen: boolean;
  readonly current: boolean;
  readonly onChoose: () => void;
}): JSX.Element {
  const { facts, chosen, current, onChoose } = props;
  const id = `plan-${facts.name}`;
  return (
    <label class={chosen ? 'plan plan-chosen' : 'plan'} for={id}>
      <input type="radio" name="plan" id={id} checked={chosen} onChange={onChoose} />
      <span class="plan-title">
        {facts.title}
        {current && <span class="tag">now</span>}
      </span>
      <span class="plan-who">{facts.forWhom}</span>
      <span class="plan-line">
        <span class="plan-word">Data a month</span>
        <span>{facts.cost}</span>
      </span>
      <span class="plan-line">
        <span class="plan-word">A message takes</span>
        <span>{facts.latency}</span>
      </span>
      <span class="plan-line">
        <span class="plan-word">Who watches the whole Internet learns</span>
        <span>{facts.observer}</span>
      </span>
      <span class="plan-line">
        <span class="plan-word">If they also learn when a message arrived</span>
        <span>{facts.crowd}</span>
      </span>
    </label>
  );
}
