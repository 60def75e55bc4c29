package io.millrace.keyspace;

import java.util.function.Consumer;

/**
 * A family of rows as a look at everything needs it: each module hands over its own, so that
 * whoever looks knows no module's formats.
 *
 * @param letter what the keys begin with
 * @param name what a person calls the family
 * @param decode decodes a row and throws away what it says; throws the module's own exception when
 *     the row makes no sense, and for a kind of row that the module does not write
 */
public record RowFamily(char letter, String name, Consumer<Entry> decode) {
    /** The engines' own: ids handed out, and the key space's id. */
    public static final RowFamily KEY_SPACE = new RowFamily('Z', "key space", RowFamily::own);

    private static void own(Entry row) {
        switch (row.key()[1]) {
            case 'i' -> counter(row);
            case 'k' -> KeySpaceId.decode(row.value());
            default -> throw unknown();
        }
    }

    /** Refuses a value that is no counter. */
    public static void counter(Entry row) {
        Keys.counter(row.value());
    }

    /** Refuses a value of another length. */
    public static void length(Entry row, int bytes) {
        if (row.value().length != bytes) {
            throw malformed("a value has " + row.value().length + " bytes, not " + bytes);
        }
    }

    /** What a module says of a kind of row that it does not write. */
    public static KeySpaceException unknown() {
        return malformed("no row of this kind is known: was it written by a newer version?");
    }

    private static KeySpaceException malformed(String text) {
        return new KeySpaceException(KeySpaceException.Code.FORMAT, text);
    }
}
