// Command oracle answers, one line of JSON for every pod of a cluster, what NMI of aad-pod-identity decides in managed mode:
// which identities the pod gets, whether an exception lets it past NMI, and whether it would be taken for MIC if this were
// MIC's namespace. It asks the functions that NMI asks (pkg/k8s/client.go:ListPodIdsWithBinding,
// pkg/nmi/server/server.go:msiHandler).
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"

	aadpodid "github.com/Azure/aad-pod-identity/pkg/apis/aadpodidentity"
	"github.com/Azure/aad-pod-identity/pkg/crd"
	"github.com/Azure/aad-pod-identity/pkg/pod"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

type identity struct {
	Namespace  string                `json:"namespace"`
	Name       string                `json:"name"`
	Type       aadpodid.IdentityType `json:"type"`
	ClientID   string                `json:"clientID"`
	ResourceID string                `json:"resourceID"`
}

type answer struct {
	Namespace   string     `json:"namespace"`
	Pod         string     `json:"pod"`
	Identities  []identity `json:"identities"`
	Excepted    bool       `json:"excepted"`
	TakenForMIC *bool      `json:"takenForMIC,omitempty"`
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "kubeconfig of the cluster")
	flag.Parse()
	if err := answerAll(*kubeconfig); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answerAll(kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	clientset, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	pods, err := clientset.CoreV1().Pods("").List(context.Background(), metav1.ListOptions{})
	if err != nil {
		return err
	}
	// As NMI does in managed mode: no node, no scale features, not standard. The lists are as new as this process.
	objects, err := crd.NewCRDClientLite(config, "", false, false)
	if err != nil {
		return err
	}
	exit := make(chan struct{})
	defer close(exit)
	objects.StartLite(exit)
	lines := json.NewEncoder(os.Stdout)
	for _, one := range pods.Items {
		matched, err := objects.GetPodIDsWithBinding(one.Namespace, one.Labels)
		if err != nil {
			return err
		}
		exceptions, err := objects.ListPodIdentityExceptions(one.Namespace)
		if err != nil {
			return err
		}
		line := answer{Namespace: one.Namespace, Pod: one.Name, Identities: []identity{}}
		line.Excepted = pod.IsPodExcepted(one.Labels, *exceptions)
		line.TakenForMIC = takenForMIC(one)
		for _, id := range matched {
			spec := id.Spec
			line.Identities = append(line.Identities, identity{id.Namespace, id.Name, spec.Type, spec.ClientID, spec.ResourceID})
		}
		if err := lines.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
