import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.rds.RdsUtilities;

/**
 * Writes numbers with pgjdbc at whichever instance of PGHOSTS is the writer, and prints those that were acknowledged,
 * until somebody ends it. A token for the cluster's endpoint, PGHOST and PGPORT, is good at all of them.
 */
public class Failover {
    public static void main(String[] arguments) throws InterruptedException {
        Map<String, String> env = System.getenv();

        RdsUtilities utilities = RdsUtilities.builder()
            .region(Region.of(env.get("AWS_REGION")))
            .credentialsProvider(DefaultCredentialsProvider.builder().build())
            .build();

        Properties properties = new Properties();
        properties.setProperty("user", env.get("PGUSER"));
        properties.setProperty("sslmode", env.get("PGSSLMODE"));
        properties.setProperty("sslrootcert", env.get("PGSSLROOTCERT"));
        properties.setProperty("targetServerType", "primary");
        properties.setProperty("hostRecheckSeconds", "1");  // else who was a reader is not asked again for 10 s
        String url = "jdbc:postgresql://" + env.get("PGHOSTS") + "/" + env.get("PGDATABASE");

        int number = 0;
        while (true) {
            properties.setProperty("password", utilities.generateAuthenticationToken(request -> request
                .hostname(env.get("PGHOST")).port(Integer.parseInt(env.get("PGPORT"))).username(env.get("PGUSER"))));
            try (var connection = DriverManager.getConnection(url, properties);
                 var insert = connection.prepareStatement("INSERT INTO acknowledged VALUES (?)")) {
                while (true) {
                    insert.setInt(1, ++number);
                    insert.executeUpdate();
                    System.out.println(number);
                }
            } catch (SQLException lost) {
                System.err.println(lost.getMessage());
                Thread.sleep(50);
            }
        }
    }
}
