/** Domains of operators: who defines them. */

/** ONNX writes its own operator set's domain as an empty string. */
export const DEFAULT_DOMAIN = 'ai.onnx';

/** A domain as nodes have it: `''` for ONNX's own, which has two names. */
export function domainOf(name: string): string {
  return name === DEFAULT_DOMAIN ? '' : name;
}

/** How an operator is called: `Conv`, and `com.me::Conv` where it is not ONNX's own. */
export function operatorName(domain: string, operator: string): string {
  return domainOf(domain) === '' ? operator : `${domain}::${operator}`;
}
