// Command webhook serves the real pod mutator of azure-workload-identity. It follows cmd/webhook/main.go of that project
// except that the address is a flag: the original is fixed on port 9443 of every interface, and several test clusters run
// on one machine.
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"os"

	wh "github.com/Azure/azure-workload-identity/pkg/webhook"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"monis.app/mlog"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager/signals"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
)

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	certDir := flag.String("webhook-cert-dir", "/certs", "folder of tls.crt and tls.key")
	port := flag.Int("port", webhook.DefaultPort, "port to serve on, on 127.0.0.1")
	healthAddr := flag.String("health-addr", "127.0.0.1:9440", "address of /healthz and /readyz")
	audience := flag.String("audience", "", "audience of the service account token")
	endpointSuffix := flag.String("custom-token-endpoint-annotation-suffix", "", "suffix of the annotation of custom token endpoints")
	endpointAudience := flag.String("custom-token-endpoint-audience", "", "audience of the token for them")
	flag.Parse()
	ctx := signals.SetupSignalHandler()
	if err := mlog.ValidateAndSetLogLevelAndFormatGlobally(ctx, mlog.LogSpec{Format: mlog.FormatJSON}); err != nil {
		return err
	}
	log.SetLogger(mlog.Logr())
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return err
	}
	mgr, err := ctrl.NewManager(ctrl.GetConfigOrDie(), ctrl.Options{
		Scheme:                 scheme,
		LeaderElection:         false,
		HealthProbeBindAddress: *healthAddr,
		Metrics:                metricsserver.Options{BindAddress: "0"},
		WebhookServer: webhook.NewServer(webhook.Options{
			Host:    "127.0.0.1",
			Port:    *port,
			CertDir: *certDir,
			TLSOpts: []func(*tls.Config){func(c *tls.Config) { c.MinVersion = tls.VersionTLS13 }},
		}),
		MapperProvider: apiutil.NewDynamicRESTMapper,
	})
	if err != nil {
		return err
	}
	mutator, err := wh.NewPodMutator(mgr.GetClient(), mgr.GetAPIReader(), *audience, mgr.GetScheme(), mgr.GetConfig(), *endpointSuffix, *endpointAudience)
	if err != nil {
		return err
	}
	// Asked for here, because the manager starts only a server that somebody has asked it for.
	server := mgr.GetWebhookServer()
	server.Register("/mutate-v1-pod", &webhook.Admission{Handler: mutator})
	if err := mgr.AddReadyzCheck("readyz", server.StartedChecker()); err != nil {
		return err
	}
	return mgr.Start(ctx)
}
