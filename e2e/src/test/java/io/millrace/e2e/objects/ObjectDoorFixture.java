package io.millrace.e2e.objects;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.access.Access;
import io.millrace.access.AccessOptions;
import io.millrace.access.MasterKey;
import io.millrace.access.RootKey;
import io.millrace.e2e.Storage;
import io.millrace.gateway.Gateway;
import io.millrace.gateway.GatewayOptions;
import io.millrace.kit.Clocks;
import io.millrace.kit.http.HttpDoor;
import io.millrace.kit.http.HttpDoorOptions;
import io.millrace.store.Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The object door over real storage in a temporary directory, without the rest of the server.
 * Virtual-host style is reached by using the door as an HTTP proxy for names below {@link #DOMAIN}.
 */
final class ObjectDoorFixture implements AutoCloseable {
    static final String KEY_ID = "ROOTKEYFORTESTS00000";
    static final String SECRET = "root-secret-for-tests-0123456789abcdef";
    static final String DOMAIN = "objects.millrace.test";

    private final Path directory;
    private final Storage storage;
    private final Access access;
    private final HttpDoor door;

    private ObjectDoorFixture() throws IOException {
        directory = Files.createTempDirectory("millrace-objects");
        Clocks clocks = Clocks.system();
        storage = new Storage(directory, clocks);
        access =
                Access.open(
                        storage.keySpace(),
                        storage.leases(),
                        MasterKey.ephemeral(),
                        AccessOptions.defaults(),
                        clocks);
        access.bootstrap(new RootKey(KEY_ID, SECRET));
        Gateway gateway =
                new Gateway(
                        storage.store(),
                        access,
                        null,
                        null,
                        List.of(),
                        GatewayOptions.defaults().withBaseDomains(List.of(DOMAIN)),
                        new SimpleMeterRegistry(),
                        clocks);
        door = HttpDoor.open(HttpDoorOptions.of("object", "127.0.0.1", 0), gateway);
    }

    static ObjectDoorFixture open() {
        try {
            return new ObjectDoorFixture();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return door.port();
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + door.port());
    }

    Store store() {
        return storage.store();
    }

    Access access() {
        return access;
    }

    @Override
    public void close() {
        door.close();
        access.close();
        storage.close();
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(
                            file -> {
                                try {
                                    Files.delete(file);
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
