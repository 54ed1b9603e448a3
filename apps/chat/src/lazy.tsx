import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

type Loaded<Props> = { readonly view: ComponentType<Props> } | { readonly failed: true };

/**
 * A component whose code is fetched when it is first shown.
 *
 * @param load - resolves to the component.
 * @param meanwhile - shown until then; told when the code did not come.
 */
export function lazy<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  meanwhile: (failed: boolean) => JSX.Element,
): ComponentType<Props> {
  let known: ComponentType<Props> | undefined;
  return function Lazy(props: Props): JSX.Element {
    const [loaded, setLoaded] = useState<Loaded<Props> | undefined>(
      known === undefined ? undefined : { view: known },
    );
    useEffect(() => {
      if (known !== undefined) return;
      const fetchIt = async (): Promise<void> => {
        try {
          known = await load();
          setLoaded({ view: known });
        } catch {
          // Not lost: the place where it would stand says so.
          setLoaded({ failed: true });
        }
      };
      void fetchIt();
    }, []);
    if (loaded === undefined || !('view' in loaded)) return meanwhile(loaded !== undefined);
    const View = loaded.view;
    return <View {...props} />;
  };
}
