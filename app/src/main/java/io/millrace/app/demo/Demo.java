package io.millrace.app.demo;

import io.millrace.access.Access;
import io.millrace.access.AccessKeys;
import io.millrace.access.Devices;
import io.millrace.access.RootKey;
import io.millrace.live.Live;
import io.millrace.live.StreamInfo;
import io.millrace.live.Streams;
import io.millrace.store.Store;
import io.millrace.store.buckets.BucketAcl;
import io.millrace.store.buckets.CorsRule;
import io.millrace.store.objects.ObjectMetadata;
import io.millrace.store.objects.PutObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The demo's world: buckets, sample media, a stream with a publisher, a device with a simulated
 * camera, a user with keys.
 *
 * <p>{@link #prepare} may run at every start: what is there stays, so a second start is quick.
 */
public final class Demo implements AutoCloseable {
    /** Bucket of the sample media. */
    public static final String BUCKET = "demo";

    /** Bucket of the camera's objects. */
    public static final String CAMERA_BUCKET = "cameras";

    /** Bucket of live segments. */
    public static final String LIVE_BUCKET = "live";

    public static final String STREAM = "demo";
    public static final String OWN_STREAM = "mine";
    public static final String DEVICE = "cam1";
    public static final String PICTURE = "picture.jpg";
    public static final String CLIP = "clip.mp4";
    private static final String USER = "demo";

    /**
     * Lets the console's page, and any page that someone tries, talk to the sample bucket with its
     * own signatures.
     */
    private static final CorsRule ANY_PAGE =
            new CorsRule(
                    "any-page",
                    List.of("*"),
                    List.of("GET", "HEAD", "PUT", "POST", "DELETE"),
                    List.of("*"),
                    List.of("ETag", "x-oss-request-id", "x-amz-request-id"),
                    600);

    private final Store store;
    private final Access access;
    private final Live live;
    private final Path directory;
    private final List<Child> children = new ArrayList<>();

    public Demo(Store store, Access access, Live live, Path directory) {
        this.store = store;
        this.access = access;
        this.live = live;
        this.directory = directory;
    }

    /** Makes what is missing; returns the key pair to paste. */
    public RootKey prepare(String owner) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        for (String bucket : List.of(BUCKET, CAMERA_BUCKET, LIVE_BUCKET)) {
            store.buckets().create(bucket, owner, BucketAcl.PRIVATE);
        }
        store.buckets().setCors(BUCKET, List.of(ANY_PAGE));
        if (store.objects().head(BUCKET, PICTURE).isEmpty()) {
            put(PICTURE, "image/jpeg", DemoMedia.picture(directory));
        }
        if (store.objects().head(BUCKET, CLIP).isEmpty()) {
            put(CLIP, "video/mp4", DemoMedia.clip(directory));
        }
        live.streams().create(STREAM, LIVE_BUCKET, "", Duration.ofSeconds(1));
        live.streams().create(OWN_STREAM, LIVE_BUCKET, "");
        return freshKey();
    }

    private void put(String key, String type, byte[] bytes) {
        store.objects()
                .put(
                        PutObject.of(BUCKET, key, bytes.length).with(ObjectMetadata.ofType(type)),
                        bytes);
    }

    /**
     * A user of the demo's own; keys of earlier starts go, since their secrets can't be shown
     * again.
     */
    private RootKey freshKey() {
        if (access.users().get(USER).isEmpty()) {
            access.users().create(USER, null, List.of("AdministratorAccess")).orThrow();
        }
        for (AccessKeys.KeyInfo old : access.keys().list(USER)) {
            access.keys().delete(old.accessKeyId());
        }
        return access.keys().create(USER).orThrow();
    }

    /** The stream that the person may push to. */
    public StreamInfo ownStream() {
        return live.streams().get(OWN_STREAM).orElseThrow();
    }

    /** Starts the publisher and the camera. */
    public void start(int rtmpPort, int objectPort) {
        Streams streams = live.streams();
        StreamInfo stream = streams.get(STREAM).orElseThrow();
        String url = "rtmp://127.0.0.1:" + rtmpPort + "/live/" + stream.publishName();
        children.add(
                Child.start(
                        "publisher",
                        () -> DemoMedia.publisher(url),
                        directory.resolve("publisher.log")));
        children.add(
                Child.start("camera", () -> camera(objectPort), directory.resolve("camera.log")));
    }

    /**
     * The example camera in a Java of its own, enrolled anew when its identity is gone or refused.
     */
    private List<String> camera(int objectPort) {
        Path identity = directory.resolve("camera.json");
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx64m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Xshare:auto",
                                "-cp",
                                examplesClassPath(),
                                "io.millrace.examples.camera.Camera",
                                "--endpoint",
                                "http://127.0.0.1:" + objectPort,
                                "--identity",
                                identity.toString(),
                                "--label",
                                "Camera 1",
                                "--buffer-mib",
                                "16",
                                "--every-ms",
                                "400",
                                "--buffer-mib",
                                "16"));
        @Nullable String code = enrolmentCode(identity);
        if (code != null) {
            command.addAll(List.of("--code", code));
        }
        return command;
    }

    /** The examples have libraries of their own (the OSS SDK), which the server does without. */
    private static String examplesClassPath() {
        Path lib = Path.of(System.getProperty("millrace.home", "."), "examples", "target", "lib");
        return Files.isDirectory(lib) ? lib + "/*" : System.getProperty("java.class.path");
    }

    private @Nullable String enrolmentCode(Path identity) {
        Optional<Devices.DeviceInfo> device = access.devices().get(DEVICE);
        if (device.isEmpty()) {
            return access.devices()
                    .register(DEVICE, CAMERA_BUCKET, DEVICE + "/", access.root())
                    .orThrow()
                    .code();
        }
        if (!device.get().enrolled() || !Files.exists(identity)) {
            return access.devices().newCode(DEVICE, access.root()).orThrow().code();
        }
        return null;
    }

    @Override
    public void close() {
        children.forEach(Child::close);
    }
}
