package io.millrace.live.stream;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.Mutation;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A real key space whose commits of some rows break, or which something else comes before. */
final class Commits {
    private record Rule(byte[] prefix, @Nullable Runnable first) {}

    private final KeySpace real;
    private final AtomicReference<@Nullable Rule> rule = new AtomicReference<>();

    Commits(KeySpace real) {
        this.real = real;
    }

    /** From now on commits that put such a key are neither refused nor answered. */
    void breakAt(byte[] prefix) {
        rule.set(new Rule(prefix, null));
    }

    /** Does that before the next commit that puts such a key. */
    void before(byte[] prefix, Runnable first) {
        rule.set(new Rule(prefix, first));
    }

    /** All is well again. */
    void mend() {
        rule.set(null);
    }

    KeySpace keySpace() {
        return (KeySpace)
                Proxy.newProxyInstance(
                        KeySpace.class.getClassLoader(),
                        new Class<?>[] {KeySpace.class},
                        (proxy, method, arguments) -> {
                            Rule now = rule.get();
                            if (now != null
                                    && arguments != null
                                    && arguments[0] instanceof Batch batch
                                    && puts(batch, now.prefix())) {
                                if (now.first() == null) {
                                    return new CommitOutcome.Unknown("the connection broke");
                                }
                                mend();
                                now.first().run();
                            }
                            try {
                                return method.invoke(real, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    private static boolean puts(Batch batch, byte[] prefix) {
        return batch.mutations().stream()
                .anyMatch(
                        m ->
                                m instanceof Mutation.Put(byte[] key, byte[] value)
                                        && key.length >= prefix.length
                                        && Arrays.equals(
                                                Arrays.copyOf(key, prefix.length), prefix));
    }
}
