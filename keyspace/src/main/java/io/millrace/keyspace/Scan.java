package io.millrace.keyspace;

/**
 * A range to read: {@code from} inclusive, {@code to} exclusive, at most {@code limit} entries.
 *
 * @param from the lowest key; empty for the very first
 * @param to the first key not to read; at or below {@code from} the range is empty
 * @param limit 1 to {@link Limits#SCAN_ENTRIES}
 * @param reverse from the highest key downwards
 * @param keysOnly leave the values out (empty arrays)
 */
public record Scan(byte[] from, byte[] to, int limit, boolean reverse, boolean keysOnly) {
    public Scan {
        Limits.scanLimit(limit);
        if (from.length > Limits.KEY_BYTES + 1 || to.length > Limits.KEY_BYTES + 1) {
            throw Limits.limit("the bounds of a scan are no longer than a key");
        }
    }

    /** The range from {@code from} to below {@code to}, upwards, with values. */
    public static Scan range(byte[] from, byte[] to, int limit) {
        return new Scan(from, to, limit, false, false);
    }

    /** Every key that begins with {@code prefix}, upwards, with values. */
    public static Scan prefix(byte[] prefix, int limit) {
        return new Scan(prefix, Keys.afterPrefix(prefix), limit, false, false);
    }

    /** Every key with {@code prefix} that lies strictly above {@code after}. */
    public static Scan prefixAfter(byte[] prefix, byte[] after, int limit) {
        return new Scan(Keys.next(after), Keys.afterPrefix(prefix), limit, false, false);
    }

    /** The same range from its end. */
    public Scan reversed() {
        return new Scan(from, to, limit, !reverse, keysOnly);
    }

    /** The same range without values. */
    public Scan onlyKeys() {
        return new Scan(from, to, limit, reverse, true);
    }
}
