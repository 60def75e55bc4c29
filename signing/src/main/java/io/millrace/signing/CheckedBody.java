package io.millrace.signing;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/** The decoded bytes of a body, checked while they are read. Not thread-safe. */
public abstract class CheckedBody extends InputStream {
    CheckedBody() {}

    @SuppressWarnings("DoNotCallSuggester")
    static CheckedBody open(Payload payload, InputStream body, SignedRequest request)
            throws IOException {
        throw new UnsupportedOperationException("being written");
    }

    /** The trailer's fields with lower-case names; complete once reading has answered -1. */
    public abstract Map<String, String> trailers();
}
