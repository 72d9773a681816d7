/** An amount as people read it, in the reader's language unless given; without a currency it is a bare number. */
export function moneyOf(amount: number, currency: string | undefined, locale?: string): string {
  const style =
    currency === undefined
      ? { minimumFractionDigits: 2, maximumFractionDigits: 2 }
      : { style: "currency" as const, currency };
  return new Intl.NumberFormat(locale, style).format(amount);
}
