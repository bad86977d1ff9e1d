package countersign.testing;

/** A program that starts a server and is halted, so that it closes nothing. */
final class Killed {
    private Killed() {}

    public static void main(String[] arguments) {
        Server server = Server.start();
        server.createInstance();
        System.out.print(server.dataDir());
        System.out.flush();
        Runtime.getRuntime().halt(1);
    }
}
