package io.millrace.console;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RowFamily;

/** Whether the rows of this module make sense, for a look at all of them. */
public final class ConsoleRows {
    /** The edge's domains and purges. */
    public static final RowFamily FAMILY = new RowFamily('C', "console", ConsoleRows::check);

    private ConsoleRows() {}

    private static void check(Entry row) {
        Keys.Reader key = Keys.read(row.key(), 1);
        switch (key.u8()) {
            case Domains.DOMAIN -> {
                Domain domain = Domains.decode(row.value(), Domain.class);
                if (!domain.host().equals(key.text())) {
                    throw new ConsoleException(
                            ConsoleException.Code.FORMAT, "a domain names another host", null);
                }
            }
            case Domains.PURGE -> Domains.decode(row.value(), Purge.class);
            case Domains.DOMAIN_COUNTER, Domains.PURGE_COUNTER -> RowFamily.counter(row);
            default -> throw RowFamily.unknown();
        }
    }
}
