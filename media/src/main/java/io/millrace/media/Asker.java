package io.millrace.media;

import java.util.function.Consumer;

/**
 * Who waits for a result.
 *
 * @param name by whom the work is shared out: everybody has a turn
 * @param whenGone takes what to do once nobody waits any more; called from any thread, at most once
 */
public record Asker(String name, Consumer<Runnable> whenGone) {
    /** Somebody who waits until the end. */
    public static Asker patient(String name) {
        return new Asker(name, _ -> {});
    }
}
