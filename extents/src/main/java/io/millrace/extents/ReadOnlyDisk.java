package io.millrace.extents;

import io.millrace.kit.DirectoryPlace;
import io.millrace.kit.DiskSpace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** A disk that is only looked at: what would be written, cut or deleted stays as it is. */
record ReadOnlyDisk(Disk disk) implements Disk {
    @Override
    public List<String> list() throws IOException {
        return disk.list();
    }

    @Override
    public DiskFile create(String name) throws IOException {
        throw new IOException("the volumes were opened for reading only");
    }

    @Override
    public DiskFile open(String name, boolean writing) throws IOException {
        return new ReadOnlyFile(disk.open(name, false));
    }

    @Override
    public void delete(String name) {}

    @Override
    public void link(String name, String folder) throws IOException {
        throw new IOException("the volumes were opened for reading only");
    }

    @Override
    public void removeFolder(String folder) {}

    @Override
    public void syncDirectory() {}

    @Override
    public byte[] readSmall(String name) throws IOException {
        return disk.readSmall(name);
    }

    @Override
    public void replaceSmall(String name, byte[] content) {}

    @Override
    public DiskSpace.Meter room() {
        return disk.room();
    }

    @Override
    public String name() {
        return disk.name();
    }

    @Override
    public DirectoryPlace place() throws IOException {
        return disk.place();
    }

    @Override
    public void close() throws IOException {
        disk.close();
    }

    private record ReadOnlyFile(DiskFile file) implements DiskFile {
        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public void write(ByteBuffer from, long position) {}

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            return file.read(into, position);
        }

        @Override
        public void resize(long size) {}

        @Override
        public void sync() {}

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
