package io.millrace.console;

import io.millrace.access.Access;
import io.millrace.access.Change;
import io.millrace.access.Devices.DeviceInfo;
import io.millrace.access.Devices.Enrolment;
import io.millrace.live.camera.CameraRecording;
import io.millrace.live.camera.CameraStatus;
import io.millrace.live.camera.Cameras;
import io.millrace.store.Store;
import io.millrace.work.outgoing.OutgoingException;
import io.millrace.work.outgoing.Target;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Devices (register, enrol, disable) and the cameras that they are. */
final class DeviceApi {
    private static final int MOST = 500;

    private final ConsoleOptions options;
    private final Gate gate;
    private final Access access;
    private final Store store;
    private final WriteRight writeRight;
    private final Cameras cameras;

    DeviceApi(
            ConsoleOptions options,
            Gate gate,
            Access access,
            Store store,
            WriteRight writeRight,
            Cameras cameras) {
        this.options = options;
        this.gate = gate;
        this.access = access;
        this.store = store;
        this.writeRight = writeRight;
        this.cameras = cameras;
    }

    void register(Router router) {
        router.get("/api/devices", this::list)
                .post("/api/devices", this::register)
                .post("/api/devices/{device}/enrolment", this::newCode)
                .post("/api/devices/{device}/disable", this::disable)
                .post("/api/devices/{device}/enable", this::enable)
                .delete("/api/devices/{device}", this::delete)
                .put("/api/device-hook", this::setHook)
                .delete("/api/device-hook", this::removeHook)
                .get("/api/cameras", this::cameras)
                .get("/api/cameras/{device}", this::camera)
                .get("/api/cameras/{device}/recordings", this::recordings);
    }

    /**
     * A device.
     *
     * @param issuer who stands behind it, and whose rights bound its own: {@code root}, {@code
     *     user/name} or {@code role/name}; null when a version registered it that kept none
     * @param vouched false when that issuer is gone or disabled: it writes nothing
     */
    private record DeviceJson(
            String id,
            String bucket,
            String prefix,
            Instant created,
            String state,
            @Nullable Instant lastSeen,
            @Nullable String issuer,
            boolean vouched) {
        static DeviceJson of(DeviceInfo d) {
            String state = !d.enabled() ? "disabled" : d.enrolled() ? "enrolled" : "registered";
            return new DeviceJson(
                    d.id(),
                    d.bucket(),
                    d.prefix(),
                    d.created(),
                    state,
                    d.lastToken(),
                    d.issuer(),
                    d.vouched());
        }
    }

    private record DeviceList(
            List<DeviceJson> devices, @Nullable String hook, @Nullable String next) {}

    /**
     * @param disabled how many devices of this page are no cameras since they are disabled
     */
    private record CameraList(List<CameraJson> cameras, int disabled, @Nullable String next) {}

    private record RecordingList(List<CameraRecording> recordings, @Nullable String next) {}

    private record Hook(@Nullable String url) {}

    private record EnrolmentJson(
            String id, String code, Instant expires, String link, String command) {}

    private record CameraJson(
            String id,
            String bucket,
            String prefix,
            boolean recording,
            @Nullable String object,
            long bytes,
            long segments,
            double segmentSeconds,
            long bitsPerSecond,
            @Nullable Instant lastAppend,
            String codecs,
            int width,
            int height,
            List<String> health) {}

    private record Register(
            @Nullable String id, @Nullable String bucket, @Nullable String prefix) {}

    /**
     * A part of a list.
     *
     * @param next what to ask the next part after; null when nothing follows
     */
    private record Page<T>(List<T> items, @Nullable String next) {
        /** Of as many items as were wanted and, when more follow, one more. */
        static <T> Page<T> of(List<T> found, int wanted, Function<T, String> name) {
            if (found.size() <= wanted) {
                return new Page<>(found, null);
            }
            return new Page<>(found.subList(0, wanted), name.apply(found.get(wanted - 1)));
        }
    }

    private void list(Call call) {
        gate.require(call, "camera:List", "*");
        Page<DeviceInfo> page = page(call);
        call.json(
                new DeviceList(
                        page.items().stream().map(DeviceJson::of).toList(), hook(), page.next()));
    }

    /** Where the hook is, without what is secret in its address. */
    private @Nullable String hook() {
        try {
            return access.deviceHook().map(Target::shown).orElse(null);
        } catch (OutgoingException e) {
            return "unusable: " + e.getMessage();
        }
    }

    private Page<DeviceInfo> page(Call call) {
        int limit = limit(call);
        List<DeviceInfo> found = access.devices().list(call.parameter("after", ""), limit + 1);
        return Page.of(found, limit, DeviceInfo::id);
    }

    private static int limit(Call call) {
        return call.number("limit", MOST, 1, MOST);
    }

    private void setHook(Call call) {
        gate.require(call, "admin:Devices", "*");
        String url = call.body(Hook.class).url();
        unwrap(access.setDeviceHook(url == null ? "" : url));
        call.done();
    }

    private void removeHook(Call call) {
        gate.require(call, "admin:Devices", "*");
        unwrap(access.setDeviceHook(null));
        call.done();
    }

    private void register(Call call) {
        gate.require(call, "camera:Register", "*");
        Register given = call.body(Register.class);
        String id = given.id() == null ? "" : given.id();
        String bucket = given.bucket() == null ? "" : given.bucket();
        String prefix = given.prefix() == null ? "" : given.prefix().strip();
        BucketApi.find(store, bucket);
        if (!prefix.isEmpty() && !prefix.endsWith("/")) {
            prefix += "/";
        }
        // Whoever registers a device holds its code: it may give no more than they have.
        writeRight.require(call, bucket, prefix);
        Change<Enrolment> made = access.devices().register(id, bucket, prefix, call.caller());
        call.json(201, enrolment(call, unwrap(made)));
    }

    private void newCode(Call call) {
        DeviceInfo device = writable(call);
        Change<Enrolment> made = access.devices().newCode(device.id(), call.caller());
        call.json(enrolment(call, unwrap(made)));
    }

    /** The device of the path, for a caller who may register devices and write where it writes. */
    private DeviceInfo writable(Call call) {
        gate.require(call, "camera:Register", "*");
        String id = call.variable("device");
        DeviceInfo device =
                access.devices()
                        .get(id)
                        .orElseThrow(
                                () ->
                                        ApiError.notFound(
                                                "There is no device " + id + ".", "See the list."));
        writeRight.require(call, device.bucket(), device.prefix());
        return device;
    }

    private EnrolmentJson enrolment(Call call, Enrolment e) {
        String door = Console.doors(options, call.exchange()).object();
        String link = door + "/_device/enrol#" + e.code();
        String command = "curl -d '{\"code\":\"" + e.code() + "\"}' " + door + "/_device/enrol";
        return new EnrolmentJson(e.device().id(), e.code(), e.expires(), link, command);
    }

    private void disable(Call call) {
        gate.require(call, "camera:Disable", "*");
        call.json(DeviceJson.of(unwrap(access.devices().disable(call.variable("device")))));
    }

    /** Lets a device in again, or takes it over from whoever stood behind it. */
    private void enable(Call call) {
        DeviceInfo device = writable(call);
        call.json(DeviceJson.of(unwrap(access.devices().enable(device.id(), call.caller()))));
    }

    private void delete(Call call) {
        gate.require(call, "camera:Delete", "*");
        unwrap(access.devices().delete(call.variable("device")));
        call.done();
    }

    private void cameras(Call call) {
        gate.require(call, "camera:List", "*");
        Page<DeviceInfo> page = page(call);
        List<CameraJson> enabled =
                page.items().stream().filter(DeviceInfo::enabled).map(this::camera).toList();
        int disabled = page.items().size() - enabled.size();
        call.json(new CameraList(enabled, disabled, page.next()));
    }

    /** What a camera's archive is made of, object by object. */
    private void recordings(Call call) {
        DeviceInfo device = requested(call);
        long after;
        try {
            after = Long.parseLong(call.parameter("after", "0"));
        } catch (NumberFormatException e) {
            throw ApiError.invalid("'after' is a number.", "Take it from 'next' of a page.");
        }
        int limit = limit(call);
        Page<CameraRecording> page =
                Page.of(
                        cameras.recordings(device.id(), after, limit + 1),
                        limit,
                        r -> Long.toString(r.incarnation()));
        call.json(new RecordingList(page.items(), page.next()));
    }

    private void camera(Call call) {
        call.json(camera(requested(call)));
    }

    private DeviceInfo requested(Call call) {
        String id = call.variable("device");
        gate.require(call, "camera:Get", "_camera/" + id);
        return access.devices()
                .get(id)
                .orElseThrow(
                        () ->
                                ApiError.notFound(
                                        "There is no camera " + id + ".",
                                        "Register it as a device."));
    }

    private CameraJson camera(DeviceInfo d) {
        CameraStatus s = cameras.status(d.id()).orElse(null);
        if (s == null) {
            return new CameraJson(
                    d.id(),
                    d.bucket(),
                    d.prefix(),
                    false,
                    null,
                    0,
                    0,
                    0,
                    0,
                    null,
                    "",
                    0,
                    0,
                    List.of());
        }
        return new CameraJson(
                d.id(),
                d.bucket(),
                d.prefix(),
                s.live(),
                s.key(),
                s.sizeBytes(),
                s.segments(),
                s.segmentSeconds(),
                s.bitsPerSecond(),
                s.lastAppend(),
                s.codecs(),
                s.width(),
                s.height(),
                s.warning().isEmpty() ? List.of() : List.of(s.warning()));
    }

    /** The value of a change, or the refusal in its own words. */
    static <T> T unwrap(Change<T> change) {
        return switch (change) {
            case Change.Done<T>(T value) -> value;
            case Change.Taken<T>(String message) ->
                    throw ApiError.taken(message, "Choose another.");
            case Change.NotFound<T>(String message) ->
                    throw ApiError.notFound(message, "See the list.");
            case Change.Invalid<T>(String message) ->
                    throw ApiError.invalid(message, "Change it and try again.");
            case Change.InUse<T>(String message) ->
                    throw new ApiError(409, "InUse", message, "Remove what refers to it first.");
            case Change.Limit<T>(String message) ->
                    throw new ApiError(409, "Limit", message, "Delete some first.");
        };
    }
}
