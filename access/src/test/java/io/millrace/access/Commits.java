package io.millrace.access;

import io.millrace.keyspace.Batch;
import io.millrace.keyspace.CommitOutcome;
import io.millrace.keyspace.KeySpace;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** A real key space: notes each commit, answers some itself, or lets another change come first. */
final class Commits {
    final List<Batch> seen = new CopyOnWriteArrayList<>();

    /** How often rows were read, one by one or by scans. */
    final AtomicLong reads = new AtomicLong();

    private final Deque<CommitOutcome> answers = new ConcurrentLinkedDeque<>();
    private final Deque<Runnable> others = new ConcurrentLinkedDeque<>();
    private final KeySpace real;

    Commits(KeySpace real) {
        this.real = real;
    }

    /** The next commits are not made; this is said instead. */
    void answer(int times, CommitOutcome answer) {
        for (int i = 0; i < times; i++) {
            answers.add(answer);
        }
    }

    /** Somebody else changes something just before the next commit. */
    void before(Runnable other) {
        others.add(other);
    }

    private CommitOutcome commit(Batch batch) {
        seen.add(batch);
        Runnable other = others.poll();
        if (other != null) {
            other.run();
        }
        CommitOutcome answer = answers.poll();
        return answer != null ? answer : real.commit(batch);
    }

    KeySpace keySpace() {
        return (KeySpace)
                Proxy.newProxyInstance(
                        KeySpace.class.getClassLoader(),
                        new Class<?>[] {KeySpace.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("commit")) {
                                return commit((Batch) arguments[0]);
                            }
                            if (method.getName().equals("get") || method.getName().equals("scan")) {
                                reads.incrementAndGet();
                            }
                            try {
                                return method.invoke(real, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }
}
