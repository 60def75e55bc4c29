package io.millrace.store.registry;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.RowFamily;

/** Whether the rows of extent stores make sense, for a look at all of them. */
public final class RegistryRows {
    private RegistryRows() {}

    /** Decodes a row and throws away what it says. */
    public static void check(Entry row) {
        switch (row.key()[1]) {
            case 's' -> StoreRow.decode(row.value());
            case 'u' -> StoreRegistry.unnamed(row.value());
            default -> throw RowFamily.unknown();
        }
    }
}
