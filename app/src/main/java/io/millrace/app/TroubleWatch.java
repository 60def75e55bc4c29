package io.millrace.app;

import io.millrace.kit.Damage;
import io.millrace.kit.Damages;
import io.millrace.kit.DiskSpace;
import io.millrace.store.space.Room;
import io.millrace.work.outgoing.Event;
import io.millrace.work.outgoing.Sender;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells whoever subscribed of this node's damage and of its disks: what was not told yet, looked
 * for every ten seconds. After a start it is told again while it lasts.
 */
final class TroubleWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TroubleWatch.class);
    private static final Duration EVERY = Duration.ofSeconds(10);

    private final Damages damages;
    private final Room room;
    private final Sender sender;
    private final Thread thread;
    private final Set<Damage> told = new HashSet<>();
    private final Map<String, DiskSpace.Level> levels = new HashMap<>();
    private final CountDownLatch stop = new CountDownLatch(1);

    /**
     * Of {@code io.millrace.damage.found}.
     *
     * @param places how many damaged places are new
     * @param file where the first of them is
     */
    record DamageFound(int places, String kind, String file, long offset, String text) {}

    /** Of {@code io.millrace.disk.plenty}, {@code .short} and {@code .full}. */
    record DiskChanged(String device, long totalBytes, long freeBytes, long reserveBytes) {}

    TroubleWatch(Damages damages, Room room, Sender sender) {
        this.damages = damages;
        this.room = room;
        this.sender = sender;
        this.thread = Thread.ofVirtual().name("trouble-watch").unstarted(this::watch);
    }

    static TroubleWatch start(Damages damages, Room room, Sender sender) {
        TroubleWatch watch = new TroubleWatch(damages, room, sender);
        if (sender.subscribed()) {
            watch.thread.start();
        }
        return watch;
    }

    private void watch() {
        try {
            do {
                try {
                    look();
                } catch (RuntimeException e) {
                    // The key space may be what is full or damaged; the next look tries again.
                    LOG.warn("Nobody could be told of trouble: {}", e.toString());
                }
            } while (!stop.await(EVERY.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void look() {
        List<Damage> known = damages.list();
        told.retainAll(new HashSet<>(known));
        List<Damage> news = known.stream().filter(d -> !told.contains(d)).toList();
        if (!news.isEmpty()) {
            Damage first = news.getFirst();
            DamageFound found =
                    new DamageFound(
                            news.size(),
                            first.kind().label(),
                            first.file(),
                            first.offset(),
                            first.text());
            sender.post(new Event("io.millrace.damage.found", "damage", found));
            told.addAll(news);
        }
        room.states().forEach(this::look);
    }

    private void look(DiskSpace.State disk) {
        DiskSpace.Level before = levels.getOrDefault(disk.device(), DiskSpace.Level.PLENTY);
        if (disk.level() != before) {
            String type = "io.millrace.disk." + disk.level().name().toLowerCase(Locale.ROOT);
            DiskChanged data =
                    new DiskChanged(
                            disk.device(),
                            disk.totalBytes(),
                            disk.freeBytes(),
                            disk.reserveBytes());
            sender.post(new Event(type, "disks/" + disk.device(), data));
        }
        levels.put(disk.device(), disk.level());
    }

    /** Ends the looks, and waits for the one under way: it is in files that others use. */
    @Override
    public void close() {
        stop.countDown();
        if (thread.getState() == Thread.State.NEW) {
            return; // nobody is told, so it never looked
        }
        try {
            thread.join(Duration.ofSeconds(10)); // not interrupted: it may be in a file
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
