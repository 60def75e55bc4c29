package io.millrace.console;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One entry of the purge journal.
 *
 * @param kind {@code url}, {@code prefix} or {@code all}
 * @param host null: every domain
 * @param path null for {@code all}
 */
record Purge(
        long id,
        String kind,
        @Nullable String host,
        @Nullable String path,
        Instant time,
        String by) {}
