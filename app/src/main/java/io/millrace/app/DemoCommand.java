package io.millrace.app;

import io.millrace.access.FirstStart;
import io.millrace.access.RootKey;
import io.millrace.app.demo.Demo;
import io.millrace.console.DemoInfo;
import io.millrace.extents.ExtentsException;
import io.millrace.keyspace.KeySpaceException;
import io.millrace.kit.Clocks;
import io.millrace.kit.Ids;
import io.millrace.kit.MonotonicClock;
import io.millrace.live.StreamInfo;
import io.millrace.signing.UrlAuth;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description =
                "Starts everything with a live stream, a simulated camera and sample media, and prints a sign-in link.")
final class DemoCommand implements Callable<Integer> {
    private static final MonotonicClock CLOCK = MonotonicClock.system();
    private static final Duration LINK_VALIDITY = Duration.ofHours(12);

    @Mixin private SettingsOptions options = new SettingsOptions();

    @Option(
            names = "--yes",
            description = "answers the launcher's question with yes: what is missing is installed")
    @SuppressWarnings("unused") // the launcher reads it
    private boolean yes;

    @Override
    public Integer call() throws IOException, InterruptedException {
        long started = CLOCK.nanos();
        Settings settings = options.load();
        Screen screen = new Screen(System.out);
        boolean given = settings.rootKey().isPresent();
        MillraceServer server;
        try {
            server = MillraceServer.open(settings, first -> screen.firstStart(first, given));
        } catch (KeySpaceException | ExtentsException e) {
            return Stopping.damaged(DamagedServer.open(settings, e), settings);
        }
        Demo demo = server.demo();
        String host = Addresses.reachableHost(settings.publicHost(), System.getenv());
        String administrator = server.firstStart().map(FirstStart::administrator).orElse("admin");
        RootKey key = demo.prepare(administrator);
        demo.start(server.rtmpPort(), server.objectPort());
        server.showDemo(new DemoInfo(Demo.STREAM, Demo.DEVICE, Demo.BUCKET, Demo.PICTURE));
        String link = server.access().sessions().createLink(administrator, LINK_VALIDITY).orThrow();
        screen.doors(server, host);
        screen.line("");
        screen.line("Open this to sign in (the link works once, within 12 hours):");
        screen.line("  http://" + host + ":" + server.consolePort() + "/sign-in?link=" + link);
        screen.line("");
        paste(screen, server, demo, key, host);
        screen.ready(CLOCK.nanos() - started);
        return Stopping.whenAsked(
                () -> {
                    demo.close();
                    server.close();
                },
                settings,
                screen);
    }

    /** Lines that work as they stand. */
    private static void paste(
            Screen screen, MillraceServer server, Demo demo, RootKey key, String host) {
        String object = "http://" + host + ":" + server.objectPort();
        StreamInfo stream = demo.ownStream();
        String rtmp = "rtmp://" + host + ":" + server.rtmpPort() + "/live";
        String path = "/" + Demo.BUCKET + "/" + Demo.PICTURE;
        String proof =
                UrlAuth.A.sign(
                        path,
                        Clocks.system().wall().instant().plus(LINK_VALIDITY).getEpochSecond()
                                - 1800,
                        Ids.secret(8),
                        "0",
                        server.access().playbackKey());
        screen.line("Lines to paste:");
        screen.line("  # AWS CLI");
        screen.line(
                "  AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=%s AWS_DEFAULT_REGION=local aws --endpoint-url %s s3 ls s3://%s"
                        .formatted(key.id(), key.secret(), object, Demo.BUCKET));
        screen.line("  # OSS SDK (Java)");
        screen.line(
                "  new OSSClientBuilder().build(\"%s\", \"%s\", \"%s\").listObjects(\"%s\").getObjectSummaries().forEach(o -> System.out.println(o.getKey()));"
                        .formatted(object, key.id(), key.secret(), Demo.BUCKET));
        screen.line("  # ffmpeg: a stream of your own, then Live → mine in the console");
        screen.line(
                "  ffmpeg -re -f lavfi -i testsrc2=size=1280x720:rate=30 -f lavfi -i sine -c:v libx264 -preset veryfast -tune zerolatency -g 60 -pix_fmt yuv420p -c:a aac -f flv '%s/%s'"
                        .formatted(rtmp, stream.publishName()));
        screen.line("  # OBS: Settings → Stream → Custom");
        screen.line("  server %s   stream key %s".formatted(rtmp, stream.publishName()));
        screen.line("  # curl: the sample picture, made small, through the edge");
        screen.line(
                "  curl -o small.webp 'http://%s:%d%s?x-oss-process=image/resize,w_400/format,webp&auth_key=%s'"
                        .formatted(host, server.edgePort(), path, proof));
        screen.line("");
    }
}
