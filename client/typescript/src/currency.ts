export const maxDecimals = 6;

// ISO 4217, list one: those that have not two. lib/base/currency.cc of the server has the same.
const codesByDecimals: [number, string][] = [
  [0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"],
  [3, "BHD IQD JOD KWD LYD OMR TND"],
  [4, "CLF UYW"],
];

/** How many decimals amounts of a currency have by ISO 4217; two where it is not in the list. */
export function decimalsOf(currencyCode: string): number {
  const found = codesByDecimals.find(([, codes]) => codes.split(" ").includes(currencyCode));
  return found?.[0] ?? 2;
}
