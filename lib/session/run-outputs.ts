/**
 * Which outputs a run gives, for the compiler. Nothing of it exists at run time.
 *
 * No condition asks anything of `All`: a session of one model would no longer be one of any model. And `run` infers what is
 * asked for from its options alone (`NoInfer`): what the result is assigned to says nothing of it.
 */

import type { DeviceTensor } from '../native/device-tensor.js';
import type { TensorLike } from '../tensor/tensor.js';

/** Outputs as a run is asked for them, none of which is to stay on the GPU: names, or what each is written into. */
export type AskedHostOutputs = readonly string[] | Readonly<Record<string, TensorLike | null>>;

/** Outputs as a run is asked for them: names, or where each goes. */
export type AskedOutputs = readonly string[] | Readonly<Record<string, TensorLike | 'cuda' | null>>;

/**
 * What a run gives: of `All`, the outputs that were asked for; all where none were named. Where the compiler does not know
 * what was asked for, as of a `string[]`, any of them may be undefined.
 *
 * @example
 * ```ts
 * type All = { boxes: TensorOf<'float32', 3>; scores: TensorOf<'float32', 2> };
 * type Boxes = RunOutputs<All, readonly ['boxes']>; // { boxes: TensorOf<'float32', 3> }
 * ```
 */
export type RunOutputs<All extends Record<string, TensorLike>, Asked> = Asked extends undefined
  ? All
  : string extends NamesIn<Asked>
    ? { [Name in keyof All]: Placed<All[Name], PlacesIn<Asked>> | (string extends Name ? never : undefined) }
    : Asked extends readonly string[]
      ? [Asked[number]] extends [CertainIn<Asked>]
        ? { [Name in Asked[number]]: All[Name] }
        : { [Name in Asked[number]]?: All[Name] }
      : { -readonly [Name in keyof Asked]: Placed<All[Name & string], Asked[Name]> };

/** Lets the compiler refuse names that `All` has not. What it does not know is checked when it runs. */
export type KnownOutputs<All, Asked> =
  string extends NamesIn<Asked>
    ? unknown
    : {
        readonly outputs?: Asked extends readonly string[]
          ? readonly (keyof All)[]
          : { readonly [Name in keyof Asked]: Asked[Name & keyof All] };
      };

/** An output, where it was asked to be. */
type Placed<Output extends TensorLike, Place> = Place extends 'cuda' ? DeviceTensor<Output> : Output;

type PlacesIn<Asked> = Asked extends readonly unknown[] ? null : Asked[keyof Asked];

type NamesIn<Asked> = Asked extends readonly unknown[] ? Asked[number] : keyof Asked;

/** Names that a list holds for certain: an element that may be one of several holds none. */
type CertainIn<Names extends readonly unknown[]> = { [Index in keyof Names]: Single<Names[Index]> }[number];

type Single<Name, Names = Name> = Name extends unknown ? ([Names] extends [Name] ? Name : never) : never;
