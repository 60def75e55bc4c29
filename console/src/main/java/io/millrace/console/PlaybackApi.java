package io.millrace.console;

import io.millrace.access.Access;
import io.millrace.live.Live;
import io.millrace.signing.UrlAuth;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Playback tokens: the proof of one playlist's path, which the edge extends to what the playlist
 * names. Share pages and embedded players carry one in their own address.
 */
final class PlaybackApi {
    private final ConsoleOptions options;
    private final Gate gate;
    private final Access access;
    private final Live live;
    private final Proofs proofs;

    PlaybackApi(ConsoleOptions options, Gate gate, Access access, Live live, Proofs proofs) {
        this.options = options;
        this.gate = gate;
        this.access = access;
        this.live = live;
        this.proofs = proofs;
    }

    void register(Router router) {
        router.post("/api/playback", this::token)
                .add("GET", "/api/share", Router.Who.ANYONE, this::share)
                .get("/api/demo", call -> call.json(options.demo().get()));
    }

    private record Wanted(
            @Nullable String stream,
            @Nullable String session,
            @Nullable String device,
            @Nullable Long seconds) {}

    /**
     * @param download the recording as one file; null for what is no recording
     */
    private record Token(
            String url,
            String authKey,
            Instant expires,
            String share,
            String embed,
            @Nullable String download) {}

    private record Shared(String title, String kind, String url, Instant expires) {}

    private void token(Call call) {
        Wanted wanted = call.body(Wanted.class);
        long seconds = wanted.seconds() == null ? 3600 : wanted.seconds();
        if (seconds < 1 || seconds > Proofs.LONGEST.toSeconds()) {
            throw ApiError.invalid(
                    "A token lasts 1 second to " + Proofs.LONGEST.toDays() + " days.",
                    "Choose a time between.");
        }
        String kind;
        String name;
        String session = wanted.session() == null ? "" : wanted.session();
        if (wanted.stream() != null && wanted.device() == null) {
            kind = "live";
            name = wanted.stream();
            gate.require(call, "live:Play", "_live/" + name);
            if (live.streams().get(name).isEmpty()) {
                throw ApiError.notFound("There is no stream " + name + ".", "See the list.");
            }
            if (!session.isEmpty() && live.recordings().get(name, session).isEmpty()) {
                throw ApiError.notFound(
                        "The stream " + name + " has no recording " + session + ".",
                        "It may have been removed; see the list.");
            }
        } else if (wanted.device() != null && wanted.stream() == null && session.isEmpty()) {
            kind = "camera";
            name = wanted.device();
            gate.require(call, "camera:Play", "_camera/" + name);
            if (access.devices().get(name).isEmpty()) {
                throw ApiError.notFound("There is no camera " + name + ".", "See the list.");
            }
        } else {
            throw ApiError.invalid(
                    "Name a stream (and a session of it) or a device.", "Send one of the two.");
        }
        Duration lasting = Duration.ofSeconds(seconds);
        String path = path(kind, name, session);
        Proofs.Proof proof = proofs.of(path, lasting);
        DoorAddresses.Public doors = Console.doors(options, call.exchange());
        String page = "/" + kind + "/" + Proofs.encode(name, false);
        String query = "?auth_key=" + proof.authKey();
        String shown =
                session.isEmpty() ? query : query + "&session=" + Proofs.encode(session, false);
        call.json(
                new Token(
                        doors.edge() + path + query,
                        proof.authKey(),
                        proof.expires(),
                        doors.console() + "/share" + page + shown,
                        doors.console() + "/embed" + page + shown,
                        session.isEmpty() ? null : doors.edge() + file(name, session, lasting)));
    }

    private String file(String stream, String session, Duration lasting) {
        String path = directory("live", stream, session) + "recording.ts";
        return path + "?auth_key=" + proofs.of(path, lasting).authKey();
    }

    private static String path(String kind, String name, String session) {
        return directory(kind, name, session) + "index.m3u8";
    }

    private static String directory(String kind, String name, String session) {
        String of = session.isEmpty() ? "" : Proofs.encode(session, false) + "/";
        return "/_" + kind + "/" + Proofs.encode(name, false) + "/" + of;
    }

    /** What a share page needs, for whoever holds its proof. */
    private void share(Call call) {
        String kind = call.parameter("kind");
        String name = call.parameter("name");
        if (!kind.equals("live") && !kind.equals("camera")) {
            throw ApiError.notFound("There is nothing at this link.", "Copy all of it.");
        }
        String given = call.parameter("auth_key", "");
        String path = path(kind, name, kind.equals("live") ? call.parameter("session", "") : "");
        switch (proofs.check(path, given)) {
            case UrlAuth.Outcome.Valid v -> {
                String edge = Console.doors(options, call.exchange()).edge();
                String url = edge + path + "?auth_key=" + given;
                call.json(new Shared(name, kind, url, v.expires()));
            }
            case UrlAuth.Outcome.Expired(Instant expires) ->
                    throw new ApiError(
                            403,
                            "Expired",
                            "This link stopped working at " + expires + ".",
                            "Ask whoever shared it for a new one.");
            case UrlAuth.Outcome.Missing m -> throw broken();
            case UrlAuth.Outcome.Malformed m -> throw broken();
            case UrlAuth.Outcome.Wrong w -> throw broken();
        }
    }

    private static ApiError broken() {
        return new ApiError(
                403,
                "NoProof",
                "This link is not whole, or not for this picture.",
                "Copy all of it.");
    }
}
