package io.millrace.kit;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What something has opened so far. Parts are closed in reverse, each of them also when another
 * fails to close: at the end, or at once when a later part does not open:
 *
 * <pre>{@code
 * try (Opened opened = new Opened()) {
 *     A a = opened.add(A.open());
 *     B b = opened.add(B.open(a)); // throws: a is closed
 *     opened.keep();
 *     return new Whole(a, b);
 * }
 * }</pre>
 *
 * <p>Not thread-safe.
 */
public final class Opened implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Opened.class);

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    /** Takes charge of a part and gives it back. */
    public <T extends AutoCloseable> T add(T part) {
        parts.push(part);
        return part;
    }

    /** Everything has opened: the parts are in other hands and {@link #close} closes none. */
    public void keep() {
        parts.clear();
    }

    @Override
    public void close() {
        while (!parts.isEmpty()) {
            AutoCloseable part = parts.pop();
            try {
                part.close();
            } catch (Exception e) {
                LOG.atError().setCause(e).log("closing {} failed", part.getClass().getSimpleName());
            }
        }
    }
}
