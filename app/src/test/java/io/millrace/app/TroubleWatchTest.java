package io.millrace.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.millrace.keyspace.KeySpace;
import io.millrace.keyspace.RocksKeySpace;
import io.millrace.kit.Clocks;
import io.millrace.kit.Damage;
import io.millrace.kit.Damages;
import io.millrace.kit.DiskReserve;
import io.millrace.kit.DiskSpace;
import io.millrace.kit.MonotonicClock;
import io.millrace.store.space.Room;
import io.millrace.work.Leases;
import io.millrace.work.outgoing.AddressGuard;
import io.millrace.work.outgoing.Sender;
import io.millrace.work.outgoing.SenderOptions;
import io.millrace.work.outgoing.Target;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Damage and full disks are told once, and again when they change. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TroubleWatchTest {
    private static final long RESERVE = 1 << 20;

    @TempDir Path directory;
    private final BlockingQueue<JsonNode> heard = new LinkedBlockingQueue<>();
    private volatile long free = 100 * RESERVE;

    /** A disk that the test fills. */
    private final DiskSpace.Meter meter =
            new DiskSpace.Meter() {
                @Override
                public String device() {
                    return "sda";
                }

                @Override
                public long totalBytes() {
                    return 1_000 * RESERVE;
                }

                @Override
                public long freeBytes() {
                    return free;
                }
            };

    @Test
    void whatIsNewIsToldOnce() throws Exception {
        HttpServer receiver =
                HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 5);
        receiver.createContext(
                "/",
                exchange -> {
                    heard.add(new ObjectMapper().readTree(exchange.getRequestBody()));
                    exchange.sendResponseHeaders(200, -1);
                    exchange.close();
                });
        receiver.start();
        Target target =
                Target.of(
                        Sender.EVENTS, "http://127.0.0.1:" + receiver.getAddress().getPort() + "/");
        SenderOptions options =
                SenderOptions.standard().withGuard(AddressGuard.allowing(List.of("127.0.0.1")));
        Damages damages = new Damages();
        DiskSpace disk =
                new DiskSpace(meter, DiskReserve.ofBytes(RESERVE), MonotonicClock.system());
        try (KeySpace keySpace = RocksKeySpace.open(directory);
                Leases leases =
                        Leases.open(
                                keySpace,
                                "node",
                                Leases.Options.standard(),
                                MonotonicClock.system());
                Sender sender =
                        Sender.open(keySpace, leases, options, List.of(target), Clocks.system())) {
            Room room = new Room(Optional.of(disk), List.of());
            TroubleWatch watch = new TroubleWatch(damages, room, sender);
            watch.look();
            damages.found(new Damage(Damage.Kind.VOLUME, "/v/1", 64, "a block"));
            damages.found(new Damage(Damage.Kind.VOLUME, "/v/1", 128, "a block"));
            watch.look();
            watch.look();
            assertEquals(
                    "damage.found {\"places\":2,\"kind\":\"volume\",\"file\":\"/v/1\","
                            + "\"offset\":64,\"text\":\"a block\"}",
                    next());
            free = RESERVE / 2;
            disk.refresh();
            watch.look();
            watch.look();
            assertEquals(
                    "disk.full {\"device\":\"sda\",\"totalBytes\":1048576000,"
                            + "\"freeBytes\":524288,\"reserveBytes\":1048576}",
                    next());
            free = 100 * RESERVE;
            disk.refresh();
            damages.found(new Damage(Damage.Kind.TABLE, "/t", 0, "a table"));
            watch.look();
            List<String> both = List.of(next(), next());
            assertEquals(
                    1, both.stream().filter(e -> e.startsWith("disk.plenty {")).count(), "" + both);
            assertEquals(
                    1,
                    both.stream().filter(e -> e.startsWith("damage.found {\"places\":1")).count(),
                    "" + both);
            assertEquals(0, heard.size());
            watch.close(); // of its own accord it never looked
        } finally {
            receiver.stop(0);
        }
    }

    private String next() throws InterruptedException {
        JsonNode event = heard.poll(60, TimeUnit.SECONDS);
        if (event == null) {
            throw new AssertionError("nothing was told");
        }
        return event.path("type").asText().replace("io.millrace.", "") + " " + event.path("data");
    }
}
